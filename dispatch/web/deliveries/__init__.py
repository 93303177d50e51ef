"""Pages of deliveries.

listed          the deliveries of a mailout, a page at a time
story           one delivery, from the letter to what came back
"""
