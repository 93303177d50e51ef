"""The ledger: what happened, appended in the transaction in which it happened.

kinds    what a kind of event is, and what events are about
events   the catalogue of all kinds
journal  appending events, and reading them back
"""
