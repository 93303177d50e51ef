"""Tables that we give: made from the reader's own columns, so that it takes them in again.

examples    an example of each kind of file
faulty      a file as it came, with one more column that says what is wrong
"""
