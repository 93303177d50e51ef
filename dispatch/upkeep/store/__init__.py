"""The statements of upkeep.

expired    what is past its time, and what is kept because something still needs it
erase      delete that, and what its records say about people
dump       every row of a database in one file, and back
restored   put in doubt what may have been sent since a backup
"""
