"""Pages of mailouts.

board           the list of mailouts, and where one stands
doubts          what is in doubt, and settling it
resend          send letters again
upload          make the letters public
unreached       who is not surely reached, and what to do
"""
