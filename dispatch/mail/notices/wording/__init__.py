"""What servers say, as data: tables of phrases; `notices.reasons` gives each table its cause.

Phrases are in lower case. "... " stands for any words in between.
"""
