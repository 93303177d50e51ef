"""The database: the only package that knows SQLAlchemy."""

from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, OperationalError
from sqlalchemy.orm import Session

from dispatch.db.engine import Sessions, connect
from dispatch.db.metadata import Base
from dispatch.db.models import (
    Arrival,
    Attempt,
    AuthorityRow,
    Bucket,
    ContactRow,
    Delivery,
    Document,
    EventRow,
    Exchanger,
    FiguresRow,
    Heartbeat,
    ImprintRow,
    IncomingMail,
    Letter,
    Mailout,
    NoticeRow,
    Reminder,
    SealRow,
    SourceFile,
    Suggestion,
    Suppression,
)

DatabaseTrouble = DBAPIError
"""What a database that is not there, or not as it should be, makes any transaction raise."""

BrokenConstraint = IntegrityError
"""The one kind of it that is a mistake of ours and not the database's."""

PassingTrouble = OperationalError
"""The kind of it that the same step may not meet again: a deadlock, a lost line, a busy file."""

UnusableUrl = (ArgumentError, ValueError, ImportError)
"""What `connect` raises for a URL that cannot be read, or names a driver that is not installed."""

__all__ = [
    "Arrival",
    "Attempt",
    "AuthorityRow",
    "Base",
    "BrokenConstraint",
    "Bucket",
    "ContactRow",
    "DatabaseTrouble",
    "Delivery",
    "Document",
    "EventRow",
    "Exchanger",
    "FiguresRow",
    "Heartbeat",
    "ImprintRow",
    "IncomingMail",
    "Letter",
    "Mailout",
    "NoticeRow",
    "PassingTrouble",
    "Reminder",
    "SealRow",
    "Session",
    "Sessions",
    "SourceFile",
    "Suggestion",
    "Suppression",
    "UnusableUrl",
    "connect",
]
