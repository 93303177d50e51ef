"""Letters that go by post: for the last that email has not reached.

posting     the life of one letter to one postal address, from the print file to the post
address     a postal address: how it is read, and its lines on the envelope
envelope    the envelopes with a window, and where the address must stand on the sheet
"""
