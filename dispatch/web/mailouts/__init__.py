"""Pages of mailouts.

board           the list of mailouts, and where one stands
doubts          what is in doubt, and settling it
hold            pause, let go on, cancel
resend          send letters again
post            print the letters that go by post, and say that they were posted
schedule        leave it to the clock
reissues        new versions of letters, and their approval
upload          make the letters public
unreached       who is not surely reached, and what to do
"""
