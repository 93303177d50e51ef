"""The tables, one class each.

register     files that were imported, authorities, contacts, figures, suppressions
letters      mailouts, letters, who has looked at them, and the documents they consist of
deliveries   deliveries and the attempts at each
postings     letters that go by post
rates        rates, connections that are held, and mail exchangers
servers      the mail server's successes and troubles, replies that stopped a mailout, and copies
             in a Sent folder
incoming     messages received, and how each arrived
notices      what messages were read as, and the contacts they suggest
reminders    reminders to staff
jobs         work that a page asks for and a worker does
staging      files that came in by a page, and wait for a person to agree
people       accounts, invitations, visits and tokens
ledger       events, imprints, seals, known keys, searches, heartbeats and the time

A class that ends in `Row` is the stored form of the domain's value of that name.
"""

from dispatch.database.metadata import Base
from dispatch.database.tables.deliveries import Attempt, Delivery
from dispatch.database.tables.incoming import Arrival, IncomingMail
from dispatch.database.tables.jobs import JobRow
from dispatch.database.tables.ledger import (
    AuditSearch,
    EventRow,
    Heartbeat,
    ImprintRow,
    KnownKey,
    LedgerAudit,
    SealRow,
    TimekeepingRow,
)
from dispatch.database.tables.letters import Document, DocumentCheck, Letter, Mailout, SeenLetter
from dispatch.database.tables.notices import NoticeRow, Suggestion
from dispatch.database.tables.people import AccountRow, ApiToken, Invitation, VisitRow
from dispatch.database.tables.postings import Posting
from dispatch.database.tables.rates import Bucket, Exchanger, HeldConnections
from dispatch.database.tables.register import (
    AuthorityRow,
    ContactRow,
    FiguresRow,
    SourceFile,
    Suppression,
)
from dispatch.database.tables.reminders import Reminder
from dispatch.database.tables.servers import MailServer, SentCopy, SentFolder, Stop
from dispatch.database.tables.staging import StagedFile, StagedLine

__all__ = [
    "AccountRow",
    "ApiToken",
    "Arrival",
    "Attempt",
    "AuditSearch",
    "AuthorityRow",
    "Base",
    "Bucket",
    "ContactRow",
    "Delivery",
    "Document",
    "DocumentCheck",
    "EventRow",
    "Exchanger",
    "FiguresRow",
    "Heartbeat",
    "HeldConnections",
    "ImprintRow",
    "IncomingMail",
    "Invitation",
    "JobRow",
    "KnownKey",
    "LedgerAudit",
    "Letter",
    "MailServer",
    "Mailout",
    "NoticeRow",
    "Posting",
    "Reminder",
    "SealRow",
    "SeenLetter",
    "SentCopy",
    "SentFolder",
    "SourceFile",
    "StagedFile",
    "StagedLine",
    "Stop",
    "Suggestion",
    "Suppression",
    "TimekeepingRow",
    "VisitRow",
]
