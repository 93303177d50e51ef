"""The doctor: look at everything that a mailout needs, before the day on which it is needed.

Each check gives findings (`domain.doctor.finding`), and none is trusted to end: one that breaks or
hangs is itself a finding, and the others go on.

checkup      run all checks side by side, within one limit of time
settings     settings that do not fit each other, and who may read them
machine      disk, time zone data, broker
database     the database, its migrations, clock and workers, the last audit and backup
keys         the keys that are not in the database
credentials  access tokens and certificates, and when they end
smtp         the mail server that takes our letters, and our login there
imap         the mailboxes that bounces come back to
dns          what the DNS says of our own domain: SPF, DKIM, DMARC, and of the mail server
recipients   what the DNS says of the domains that letters go to
pace         whether the letters fit into their time
message      one message out by the way of letters, and what came back
mailout      what a mailout is checked against, for `mailout check` and its page
store        the statements
"""
