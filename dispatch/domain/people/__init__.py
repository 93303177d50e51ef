"""People who may sign in.

account     who may sign in, under which names, and what each role may do
identities  whether two names are one person's, by what everybody's accounts say
signing_in  how long a visit lasts, when to confirm who one is, and waits after wrong passwords
token       what a program may read with a token
"""
