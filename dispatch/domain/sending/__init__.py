"""One attempt at a delivery, and when it may be made.

acceptance      what shows that a server has a message, if no reply did
attempt         one attempt at a delivery
envelope        the return path, its signature, and the envelope id
explanation     what a reply means, whose trouble it is and what happens, in words
first_letters   which letters go first, and when the others may follow
forecast        how long letters take at their rates, and whether they fit into their time
modes           whether letters go to their recipients, and who may be written to
pace            rates, and replies that ask for less
providers       how fast the ways out of an office take letters, by host name
receivers       the large receiving systems, by the names of their exchangers
queued          a delivery as it was queued, and the code over it
timekeeping     whether the clock can be believed, and what is held until it can
"""
