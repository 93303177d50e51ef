"""The database: the only package that knows SQLAlchemy."""

from sqlalchemy.orm import Session

from dispatch.db.engine import Sessions, connect
from dispatch.db.metadata import Base
from dispatch.db.models import (
    Attempt,
    AuthorityRow,
    ContactRow,
    Delivery,
    Document,
    EventRow,
    FiguresRow,
    Heartbeat,
    Letter,
    Mailout,
    SourceFile,
    Suppression,
)

__all__ = [
    "Attempt",
    "AuthorityRow",
    "Base",
    "ContactRow",
    "Delivery",
    "Document",
    "EventRow",
    "FiguresRow",
    "Heartbeat",
    "Letter",
    "Mailout",
    "Session",
    "Sessions",
    "SourceFile",
    "Suppression",
    "connect",
]
