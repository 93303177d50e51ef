"""Tracking: how far each letter has come, and who is reminded of the authorities not reached.

status      where one mailout stands, counted from the rows themselves
unreached   the authorities that are not surely reached, the most urgent first
reminders   email staff about these, at the hours that the mailout's plan names
store/      the statements: reach, chains of deliveries, reminders, heartbeats
"""
