"""Jobs: work that takes too long for a page.

job  what a job is, and how far it may be
"""
