"""One attempt at a delivery.

acceptance      what shows that a server has a message, if no reply did
attempt         one attempt at a delivery
envelope        the return path, its signature, and the envelope id
pace            rates, and replies that ask for less
"""
