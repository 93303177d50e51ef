"""What `dispatch doctor` finds, and the rules of the DNS records that it reads.

finding         one thing that was looked at: whether it stops the letters, and what to do
answers         what the DNS answered to one question
spf             who may send for a domain (RFC 7208)
dmarc           what a domain asks receivers to do with mail that is not its own (RFC 9989)
authentication  what a receiving server says that it saw (RFC 8601)
"""
