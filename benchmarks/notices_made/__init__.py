"""Messages made from grammars, each with what is right about it: nothing is copied.

mail      one message, its label, and the chances that it is made of
refusals  what servers say of a recipient, and why
servers   reports of failures, by products
gateways  delays, deliveries, holds, challenges, complaints, receipts
answers   answers of machines: absences, people who have gone, acknowledgements
letters   letters of people
made      a set of them, from a seed
__main__  `python -m benchmarks.notices_made`: how many of a set are read right
"""
