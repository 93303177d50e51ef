"""Statements about incoming messages and what was read in them.

messages     each message as it arrived, stored once
readings     messages to read: claimed by one worker, then read or quarantined
notices      what was read, waiting for conclusions or listed for people
suggestions  contacts that autoreplies suggest
inbox        how much of all that waits for a person
"""
