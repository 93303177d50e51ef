"""The statements of tracking.

reach        how far each authority's letter has come, by its last delivery and by what came back
chains       the deliveries of one letter to one role, each of which replaced the one before
confirmations  what came back since a moment
reminders    the reminders of a mailout, and the addresses that they must not go to
heartbeats   when each clock and worker was last seen
audits       how the ledger was found by night
timekeeping  what time it is held to be
"""
