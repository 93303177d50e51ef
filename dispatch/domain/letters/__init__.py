"""What goes into letters, and what an approval or a new version covers.

approval        what an approval covers, and which letters have changed since
drafting        which letters a mailout has, and what is missing
finding         what a check found missing or odd
oddity          what is odd about a letter, so that it is looked at first
next_year       a plan begun from last year's
resending       letters that are sent again
versions        reissued and readdressed letters
"""
