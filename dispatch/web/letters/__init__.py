"""Pages of letters before they go.

every     all letters of a mailout, the oddest first
one       one letter: its pages, its message, and beside another
approval  approve all letters, or send them back
proofs    send proof copies to colleagues
"""
