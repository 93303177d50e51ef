"""What is kept, and how long.

given           where a file that dispatch gave to an office stands
retention       how long personal data is kept
"""
