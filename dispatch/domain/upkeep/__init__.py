"""What is kept, and how long.

retention       how long personal data is kept
"""
