"""Tracking: how far each letter has come, and what staff are told about that.

standing    how far the letters of mailouts have come: who is reached, and who is not
overview    some mailouts in a row each, and what needs somebody today
readiness   what stands in the way of the letters of one, before they are made
outdated    what has changed since such a check, whose result was kept
status      where one mailout stands, counted from the rows themselves
progress    how far the sending of one is, for a page that asks again
forecast    when the letters of a mailout will have left, at the pace that is set
unreached   the authorities that are not surely reached, the most urgent first
authority   all that is known of one authority
confirmations  ask contacts whether they are the person, and what came back
reminders   remind staff of these, at the hours that the mailout's plan names
watch       warn staff of what will not happen on its date unless somebody acts
staff       tell staff something by email, at most once for each moment
timekeeping  the time that all processes go by, guarded against clocks that are set
alive     whether processes do their work
store/      the statements: reach, tallies, chains of deliveries, reminders, heartbeats, the time
"""
