"""Kinds of event about the ledger itself, the database, its keys, the time, and what is deleted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from dispatch.domain.reply import Verdict
from dispatch.domain.upkeep import retention
from dispatch.ledger.kinds import Kind, Purges, Subject

# The ledger and the database

CHECKPOINT_OFFERED: Final = Kind(
    "checkpoint.offered",
    Subject.CHECKPOINT,
    "about to be emailed to witnesses",
    details={"addresses"},
)
CHECKPOINT_MAILED: Final = Kind(
    "checkpoint.mailed",
    Subject.CHECKPOINT,
    "emailed to witnesses",
    details={each.value for each in Verdict},
)
AUDIT_EXPORTED: Final = Kind(
    "audit.exported",
    Subject.EXPORT,
    "exported",
    details={
        *("format", "rows", "sha256", "filters", "token"),  # of a listing
        *("mailout", "authority", "manifest", "redacted"),  # of a pack
    },
)
DB_BACKED_UP: Final = Kind(
    "db.backed_up", Subject.BACKUP, "taken", details={"sha256", "rows", "bytes", "taken_at"}
)
DB_RESTORED: Final = Kind(
    "db.restored",
    Subject.BACKUP,
    "restored",
    details={"sha256", "taken_at", "revision", "rows", "in_doubt", "lost", "signature"},
    private={"because"},
)
KEY_REPLACED: Final = Kind(
    "key.replaced", Subject.KEY, "replaced", details={"was", "is", "unsealed"}, private={"because"}
)
LEDGER_AUDITED: Final = Kind(
    "ledger.audited", Subject.CHECKPOINT, "verified", details={"wrong"}, private={"first"}
)

# The way out

TEST_SENT: Final = Kind(
    "test.sent", Subject.TEST, "offered to the mail server, for a test", details={"verdict"}
)

# The time

CLOCK_CONFIRMED: Final = Kind(
    "clock.confirmed", Subject.TIME, "said to be right", details={"ahead"}, private={"because"}
)

# What is deleted when its time is over

_DETAIL_OF_PURGE: Final = {Purges.CONTACT: {"contact"}, Purges.CONTENT: {"sha256"}}
PURGED: Final[Mapping[Subject, Kind]] = {
    subject: Kind(
        f"{subject.value}.purged",
        subject,
        f"{what} deleted",
        details=_DETAIL_OF_PURGE.get(purges, frozenset()) if purges else frozenset(),
        purges=purges,
    )
    for subject, what, purges in (
        (Subject.DELIVERY, "personal data", Purges.SUBJECT),
        (Subject.LETTER, "personal data", Purges.SUBJECT),
        (Subject.POSTING, "personal data", Purges.SUBJECT),
        (Subject.SUPPRESSION, "personal data", Purges.SUBJECT),
        (Subject.AUTHORITY, "personal data of a contact", Purges.CONTACT),
        (Subject.MAIL, "content", Purges.CONTENT),
        (Subject.FILE, "content", Purges.CONTENT),
        (Subject.STAGED, "content", None),  # nothing that is proven rests on it
        (Subject.DOCUMENT, "content", Purges.CONTENT),
    )
}
"""By the sort of record that something is deleted of."""

AUDIT_PURGED: Final = Kind(
    "audit.purged",
    Subject.PURGE,
    "personal data deleted",
    details={
        *(
            "mails that came in",
            "deliveries",
            "addressees of letters",
            "postings",
            "contacts who left",
        ),
        *("lifted suppressions", "files of contacts", "files to be taken in", "documents"),
        *(each.value for each in retention.KeptKind),
    },
)
