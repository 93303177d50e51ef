"""What goes into letters, and what an approval or a new version covers.

approval        what an approval covers, and which letters have changed since
branches        the branches of a template, and which of them no letter took
comparison      two letters side by side: figures, and the text with what is new and gone
drafting        which letters a mailout has, and what is missing
file_names      what a letter's file is called, for its recipients and the public
finding         what a check found missing or odd
numbers         the letters of a mailout in numbers
oddity          what is odd about a letter, so that it is looked at first
languages       what a letter says in each of its languages, and which these are
next_year       a plan begun from last year's
resending       letters that are sent again
versions        reissued and readdressed letters
"""
