"""Messages that come in.

message         how messages arrive, and how far to believe them
notice_effects  which delivery a notice is about, and what it changes
undecided       what waits for a person, and what it would change
successors      what is odd about an address that is suggested
"""
