"""What commands print.

asked     how somebody wants to be answered: the format, ids alone, a dry run
statuses  how a command ends: the exit status of each error, and its message
results   what a command found, in every format
show      tables and sentences for people, and questions
progress  progress bars
watching  looks at the database again and again, that cost little
"""
