"""People: who may do what, and where they sign in.

settings        where the pages listen, and how people reach them
"""
