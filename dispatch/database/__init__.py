"""The database: connections, column types, tables and migrations."""

from sqlalchemy.exc import ArgumentError, DataError, DBAPIError, IntegrityError, OperationalError
from sqlalchemy.orm import Session

from dispatch.database.engine import Sessions, connect

DatabaseTrouble = DBAPIError
"""What a database that is not there, or not as it should be, makes any transaction raise."""

BrokenConstraint = IntegrityError
"""The one kind of it that is a mistake of ours and not the database's."""

RefusedRow = (IntegrityError, DataError)
"""What the database raises for a row that it will never take, such as one with an unknown id."""

PassingTrouble = OperationalError
"""The kind of it that the same step may not meet again: a deadlock, a lost line, a busy file."""

UnusableUrl = (ArgumentError, ValueError, ImportError)
"""What `connect` raises for a URL that cannot be read, or names a driver that is not installed."""

__all__ = [
    "BrokenConstraint",
    "DatabaseTrouble",
    "PassingTrouble",
    "RefusedRow",
    "Session",
    "Sessions",
    "UnusableUrl",
    "connect",
]
