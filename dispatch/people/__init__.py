"""People: who may sign in, who may do what, and which names are one person's.

settings   where the pages listen, and how people reach them
identity   which names are one person's, and whether the rows say what the ledger says
accounts   invite a person, change what they may do, end their account
joining    a person types in their code, chooses a password and sets up codes
sign_in    sign in and out, and confirm who one is
visits     browsers in which somebody has signed in
tokens     what programs read with
passwords  which passwords will do, and their hashes
records    telling our own rows from those that somebody else wrote
codes      codes of a telephone, recovery codes, and codes to join with
store/     the statements
"""
