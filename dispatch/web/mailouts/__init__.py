"""Pages of mailouts.

board           the list of mailouts, and where one stands
"""
