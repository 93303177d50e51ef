"""The ledger: what happened, appended in the transaction in which it happened.

kinds          what a kind of event is, and what events are about
events         kinds of event about the work: mailouts, letters, deliveries, contacts
upkeep_events  kinds of event about the ledger, the database, keys, the time, what is deleted
posting_events  kinds of event about letters that go by post
people_events  kinds of event about accounts, sign-ins and tokens
catalogue      all kinds by name, and what state each leads to
journal        appending events, and reading them back
"""
