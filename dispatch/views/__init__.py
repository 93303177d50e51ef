"""What people and programs are shown: data and words, without click and without HTML.

approval      what is approved, in numbers and sentences
ages          how long ago things were, in words
board         the board of a mailout: its numbers, and what comes next
authorities   an authority that was found, and all about one
confirmations  the question to each contact, and where it stands
contacts      who holds a role, who held it, and what a change of that does
deliveries    the deliveries of a mailout, and one of them from its first attempt
doctor        what the doctor found
doubts        deliveries in doubt, and what a mail server's log says about them
form          plain data for JSON, by the types of a view
holding       what pausing, resuming or cancelling a mailout does
imports       what a file of authorities, contacts or figures changes
letter_pages  one letter as its page shows it
letters       one authority's letter, and its bytes in each form
mailouts      the list of mailouts, the plan of one, and what stands in the way of its letters
names         how ids, purged addresses, states and reopened mailouts are shown
oddities      what is odd about a letter
notices       what came back, and what messages in files say
pace          how long letters take at their pace, and whether they fit into their time
people        who may sign in, and the tokens of programs
plans         what a change of a plan makes void
post          letters by post: which would be printed, and where each stands
proof/        the audit of the ledger, events, and the report of who was sent what
readiness     what stands in the way of letters, and who gets one
remedies      the next thing to do, as a command or a sentence
replies       what a reply means that somebody pasted
resend        what a resend would send where
sent_copies   how many letters of a mailout have a copy in the Sent folder
staged        a file that came in by a page: what is wrong in it, or what it changes
status        where a mailout stands
story         one delivery on a line of time, and what it proves
suggestions   contacts that autoreplies suggest
suppressions  addresses that must not be written to
today         what needs somebody today, and what comes next
unreached     the authorities that are not surely reached
upload        what an upload makes public, and what verifying it has compared
wording       every value that a template may use, as a page
versions      new versions of letters, as proposed and as they wait for approval
"""
