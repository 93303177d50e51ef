"""Publishing: the letters become public, and anybody can verify that they are the ones sent.

upload    make the public bundle of a mailout, and record it
making    the files of a bundle, each as it is made
as_sent   the PDFs that become public, once they are those in the messages
orders    an upload that a page asks for and a worker carries out
verify    compare a public bundle with what was sent
store     the letters as they were sent, and the uploads that the ledger records
"""
