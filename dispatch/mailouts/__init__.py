"""Mailouts: their rows, and changes to their state from outside.

store    find, list and lock mailouts
changes  take or send a mailout back to draft, set it going again, or hold it
"""
