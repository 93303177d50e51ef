"""The statements of tracking.

reach        which authorities may not have their letter, by its last delivery and what came back
tallies      how much there is of what in a mailout
facts        what the two ask for, in one statement
hours        how many were reached in each hour
chains       the deliveries of one letter to one role, each of which replaced the one before
confirmations  what came back since a moment
authorities  what was sent to one authority, and what came back
reminders    the reminders of a mailout, and the addresses that they must not go to
heartbeats   when each clock and worker was last seen
audits       how the ledger was found by night
timekeeping  what time it is held to be
"""
