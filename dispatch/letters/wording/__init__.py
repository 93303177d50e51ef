"""The wording of letters while people write it.

preview  what the letters of a plan look like as they are written, with nothing stored
tour     which letters show every turn of the template between them
values   every value that a template may use, with what it means
faults   where in a template an error is, and what to do
"""
