"""Messages that come in.

message         how messages arrive, and how far to believe them
notice_effects  which delivery a notice is about, and what it changes
successors      what is odd about an address that is suggested
"""
