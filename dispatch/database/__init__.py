"""The database: connections, column types, tables and migrations. The statements are in the stores.

engine       connections and transactions, with the settings that sending relies on
sql          our own SQL constructs: upserts, bulk inserts, lists as one parameter
types        column types: moments in UTC, domain values as JSON
metadata     what all tables have in common
tables/      every table, one class each
trouble      what an error of the database means, in words
unreadable   values that no column of ours holds, and reading the rest without them
additions    triggers, rules and views that somebody added
codes        a code for each event of a database that has none yet, or those of another key
keys         what the database knows of the keys that are outside it
schema       which migrations a database has had, and running the rest
migrations/  the migrations themselves
"""

from sqlalchemy.exc import ArgumentError, DataError, DBAPIError, IntegrityError, OperationalError
from sqlalchemy.orm import Session

from dispatch.database.engine import Sessions, connect, key_of, party_of

DatabaseTrouble = DBAPIError
"""What any transaction raises when the database is away, or is not as it should be."""

BrokenConstraint = IntegrityError
"""The one kind of trouble that is a mistake of ours and not of the database."""

RefusedRow = (IntegrityError, DataError)
"""What the database raises for a row that it will never take, such as one with an unknown id."""

PassingTrouble = OperationalError
"""Trouble that may be over when the step is tried again: a deadlock, a lost connection, a lock."""

UnusableUrl = (ArgumentError, ValueError, ImportError)
"""What `connect` raises for a URL that it cannot read or whose driver is not installed."""

__all__ = [
    "BrokenConstraint",
    "DatabaseTrouble",
    "PassingTrouble",
    "RefusedRow",
    "Session",
    "Sessions",
    "UnusableUrl",
    "connect",
    "key_of",
    "party_of",
]
