"""What other programs of the office read: JSON, for those who show a token, and nothing to change.

reading         what can be read, each at its address
bearer          which token a program shows, and what it opens
answers         an answer, and the record of who took it
problems        an error as a program reads it
document        the description of it all, in OpenAPI
"""
