"""Letters, from the plan of a mailout to its approval.

plan           plan a mailout, and check what stands in the way of its letters
render         make each letter, frozen by a digest
oddities       note what is odd about letters, as they are made
proofs         email proof copies to a colleague
hands          who took part both in asking for letters and in approving them
repeats        find the other mailouts that send the same letters
pairs          which letter goes to which address: all that are odd, and some others
accessibility  check the PDFs once each, and keep the result
changed        what differs from what was approved last
comparison     compare a letter with last year's, or with another version
outlook        what a person is shown who is to approve all letters
review         ask for an approval, or send the letters back
seen           which letters to look at before approving all, and which a person has
approval       a second person approves every letter, recipient and date by one digest
on_record      what was approved, as the ledger has it
wording/       what letters look like while people write their wording
store/         the statements: letters, versions, documents, repeats
"""
