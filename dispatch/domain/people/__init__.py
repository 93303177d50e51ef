"""People who may sign in.

account         who may sign in, under which names, and what each role may do
"""
