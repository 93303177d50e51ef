"""The statements of sending.

claims       claim deliveries and move those held: the guarded UPDATEs that stop a second letter
attempts     record attempts, and move their deliveries on
deliveries   add, find and count deliveries, and move many at once
first_letters  how the first letters fared, and the letters that wait for them
servers      what is known about the mail server
stops        replies about ourselves that paused a mailout, and what people said about them
connections  count the connections that workers keep to the mail server
rates        book slots for letters by the rates that all workers share
sent_copies  which deliveries have a copy in the Sent folder
exchangers   the mail exchangers of recipient domains
"""
