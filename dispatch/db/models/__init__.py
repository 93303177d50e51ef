"""The tables, one class each, in the order in which a letter meets them.

A class that ends in `Row` is the stored form of the domain's value of that name.
"""

from dispatch.db.models.deliveries import Attempt, Delivery
from dispatch.db.models.incoming import Arrival, IncomingMail
from dispatch.db.models.known import AuthorityRow, ContactRow, FiguresRow, SourceFile, Suppression
from dispatch.db.models.letters import Document, Letter, Mailout
from dispatch.db.models.notices import NoticeRow, Suggestion
from dispatch.db.models.rates import Bucket, Exchanger
from dispatch.db.models.reminders import Reminder
from dispatch.db.models.trail import EventRow, Heartbeat, ImprintRow, SealRow

__all__ = [
    "Arrival",
    "Attempt",
    "AuthorityRow",
    "Bucket",
    "ContactRow",
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
    "Reminder",
    "SealRow",
    "SourceFile",
    "Suggestion",
    "Suppression",
]
