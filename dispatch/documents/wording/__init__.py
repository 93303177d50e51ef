"""The wording of letters, for the people who write it.

branches  the branches of a template: have each note that a letter took it, and say what it says
page      the page on which a letter is seen while its template is written
"""
