"""The path of a letter: one verb a module, in this order.

intake     authorities, contacts and figures come in from files
appoint    one post changes hands on a person's word, or is left empty
plan       a mailout is drawn up: who gets which letter, with which figures
render     figures and template become each letter, frozen by its digest
proof      a letter is shown to its writers by email, before it is approved
approve    a second person signs off all the letters by their digest
release    on its date an approved mailout becomes a queue of deliveries
locate     the mail exchangers of its recipients are looked up, where they have rates
send       a delivery is offered to a mail server, and its answer recorded
receive    mail that comes in is stored as it came, and then read
conclude   what came back is tied to its delivery, and moves it on
decide     a person vouches for a notice, or takes up the contact that it suggests
bar        an address is not to be written to, or may be again, on a person's word
reissue    a letter that was wrong, or in another's name, is made anew
replace    a second person approves the new version, and it goes in place of the one before
resend     the same letter goes to another contact, with a note of its own
settle     a delivery in doubt is settled, by evidence or on a person's word
sweep      what a vanished worker held, and what is overdue, is moved on
track      where a mailout stands is counted
trace      who is not surely reached is found out, with what is known of each
remind     the office is told of them, at the hours that the plan names
upload     the letters become public, with their figures, as they were sent
prove      a public bundle is compared with what was sent
export     what somebody takes out of the database is on record before they have it
seal       what has happened gets its place in the ledger, for good
attest     how far the ledger goes is signed, and kept outside
witness    that is mailed to people with whom the database's keeper has no say
vouch      all that is known of one letter is packed, for anybody to check
audit      the ledger and all that is stored are gone through
backup     all that the database holds goes into a file
purge      what is past the time that it is kept for is taken away for good
restore    a backup becomes the database, and nothing of it leaves unasked

A stage takes a session and never commits: whoever calls it owns the transaction. Only `locate`,
`send`, `proof`, `receive`, `remind`, `upload`, `witness` and `backup` own theirs, since none may be
open while they wait for others; and `purge`, which goes batch by batch.
Stages do not import each other; one hands over to the next through the database.
"""
