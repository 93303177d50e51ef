"""Who is not reached.

unreached       who is not reached, why, and what to do next
reminders       when staff are told who is not reached, and what
"""
