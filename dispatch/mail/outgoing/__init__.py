"""Outgoing mail: composing messages and speaking SMTP.

letter     the message of a letter, for one recipient
headers    its headers
body       its body: covering note, PDF and attachments, made once for all recipients
settings   the settings of sender and signature
dkim       signatures for a mail server that makes none itself
address    addresses as messages and SMTP commands spell them
staff      messages to our own people: reminders, checkpoints for witnesses
relay      the mail server that takes our messages: where it is, login, TLS
guard      who may be written to at all: the place that every message passes
ways       the ways out: that mail server, or the mail catcher
transport  connections to it: the interface that sending uses
pool       several connections at once
smtp       one SMTP session, phase by phase
replies    the replies of a mail server
"""
