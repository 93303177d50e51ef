"""The wording of letters while people write it.

preview  what the letters of a plan look like as they are written, with nothing stored
tour     which letters show every turn of the template between them
values   every value that a template may use, with what it means
from_word  a document of Word as a letter in Markdown
escaping  words as Markdown that prints them as they are
word_fields  what stands in the places of its fields, and what is lost
merge_fields  merge fields of Word as values of a template
adopted  a new template out of such a letter
faults   where in a template an error is, and what to do
"""
