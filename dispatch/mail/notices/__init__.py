"""The reading of mail that comes back, part by part; `classify` is the entrance.

limits      how much of a mail is read
opening     a mail -> its headers, its words, its fields and what it brings back
returned    where in plain text the returned message begins
fields      the fields of RFC 3464, read tolerantly
prose       addresses, lines and sentences in text; HTML as text
clues       what ties it to a delivery
kinds       what kind of mail it is
failures    a notice of failure or delay -> each recipient's fate
recipients  whom plain text says it failed for
grounds     why: the wording, then the codes
wording     what servers say, as data
complaints  RFC 5965, and the JSON of Amazon's notifications
answers     what an autoreply says
absences    until when somebody is away
successors  whom it names in the place of one who has left
"""
