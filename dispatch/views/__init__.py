"""What people and programs are shown: data and words, without click and without HTML.

remedies   the next thing to do, as a command or a sentence
"""
