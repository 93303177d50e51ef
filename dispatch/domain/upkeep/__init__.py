"""What is kept, how long, and what of it may stand in a log.

given           where a file that dispatch gave to an office stands
logged          what may stand in a log
retention       how long personal data is kept
"""
