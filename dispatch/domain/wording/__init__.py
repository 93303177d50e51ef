"""How counts, clauses and foreign characters are put into words.

counts          a number with its noun, and a list that may be long
sentences       a sentence made of a clause
characters      what a stranger wrote, shown as what it is
lookalikes      what a text looks like, whichever letters it is written with
"""
