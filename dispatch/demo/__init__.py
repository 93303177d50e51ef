"""The demo's sample year: real authorities, invented people and figures.

accounts  an editor and an approver, for one person to play
sample   the whole year: the files to import, marked where they are made up
register  the sample year in memory, to show a template with
figures  figures: published ones, and others drawn at random to fit them
people   contacts, nearly all invented
rehearsal  a plan as it would be if its letters went now
"""
