"""What people and programs are shown: data and words, without click and without HTML.

form       plain data for JSON, by the types of a view
remedies   the next thing to do, as a command or a sentence
"""
