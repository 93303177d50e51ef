"""Incoming mail: IMAP, Maildir, LMTP, and the process that reads what came.

inbox    what every inbox offers: messages that wait until they are stored
imap     a folder on an IMAP server (RFC 3501), and its URL
maildir  a Maildir on this machine, and messages in single files
lmtp     an LMTP server, to which the mail server of this machine delivers (RFC 2033)
reader   the child process with limits, which reads a message
shown    a message as text, for a person
"""
