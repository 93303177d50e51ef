"""What servers say, as data: tables of phrases; `notices.reasons` gives each table its cause.

Phrases are in lower case. "... " stands for any words in between.

failure     that a message was not delivered, or not yet
unknown     an unknown address
abroad      an unknown address, in other languages than English
closed      a mailbox that is closed, or closed to us
mailbox     a full mailbox, a full disk, a message that is too large
domain      a domain that does not exist, or takes no mail
content     the message itself
sender      the sender, and what a sender may do
reputation  our reputation: our domain, our server, how much we send
trouble     trouble on the way or at the other end
"""
