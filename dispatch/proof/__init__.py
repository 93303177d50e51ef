"""Prove what was sent, and that the record of it has not been altered.

seal         give events their places in the ledger
checkpoints  sign the ledger's size and root, and store that outside the database
witnesses    email checkpoints to people outside
nightly      verify all of it each night, and tell the office what is wrong
verify       check the ledger, and with it everything that is stored
states       check that states are those that the events lead to
attempts     check what the events of a delivery rest on
contents     check that contents have their digests
precheck     audit first what is about to be proven or published
names        what people call a record
report       who was sent what, when, and with which result
events       what happened
evidence     packs about one letter, for anyone to check
page         the page on top of a pack
export       record who takes a list or a pack, before they have it
store/       the statements
"""
