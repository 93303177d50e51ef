"""Incoming mail: IMAP, Maildir, LMTP, and the process that reads what came."""
