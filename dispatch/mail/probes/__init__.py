"""Looking at what sending depends on without sending anything, for the doctor.

smtp     what a session with our mail server comes to, as far as the return path
imap     whether our mailbox can be read, marked and moved from, and how full it is
names    questions to the DNS, and which of its servers answer
tokens   what an access token of ours allows
heads    the headers of a message that came back
"""
