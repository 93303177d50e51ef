"""Who is not reached, and who was asked.

watch           what will not happen on its date, why, and when staff are told
unreached       who is not reached, why, and what to do next
looks           how long to wait between two looks at how far a mailout is
reminders       when staff are told who is not reached, and what
confirmations   where the question to a contact stands: are they still the right person?
"""
