"""Statements about the sealed ledger and what it covers.

seals           who may seal, writing a seal, reading seals back
entries         events and imprints, as entries of the ledger
sealed_kinds    which records and columns the ledger covers
sealed_records  these records as they are now
case            everything that concerns one letter
report          deliveries with everything known about each
events          events of some days
searches        what people look for, kept for a day
filters         what somebody asks for, as conditions
states          states, with the events that should have led to them
contents        contents that are stored by their digests
names           the columns that a record is named by
witnesses       which checkpoints were emailed
"""
