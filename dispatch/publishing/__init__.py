"""Publishing: the letters become public, and anybody can verify that they are the ones sent.

upload    make the public bundle of a mailout, and record it
verify    compare a public bundle with what was sent
store     the letters as they were sent, and the uploads that the ledger records
"""
