"""Feed every reader of foreign input with mutated input: what `benchmarks/fuzz.py` runs.

mutator  inputs made out of seeds, each from a number alone
targets  the readers, each with its seeds and the errors that it may raise
server   an IMAP or SMTP server that says what it is told to
"""
