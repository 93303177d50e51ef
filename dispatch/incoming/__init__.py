"""Incoming messages: stored as they arrived, read, matched to a delivery and acted on.

receive      store what arrives, then read it in a child process with limits
match        which delivery a notice is about
asked        whom a question to a contact was put to, by its id
on_record    what the ledger says of a message, whatever its row says
conclude     move that delivery on, and suppress or suggest addresses
undecided    the notices that wait for a person
confirm      a person treats one as genuine, or dismisses it
suggestions  a person accepts or declines a contact that an answer suggests
process      read and conclude at once, for a person who waits
store/       the statements
"""
