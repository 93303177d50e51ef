"""Erase: what is due is taken away for good, and what the ledger is to tell of it.

A row stays with all that says nothing of people; contents become empty, and their digests stay.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import String, cast, select, update
from sqlalchemy.orm import Session

from dispatch.database.tables import (
    Attempt,
    ContactRow,
    Document,
    IncomingMail,
    NoticeRow,
    SourceFile,
    Suggestion,
)
from dispatch.domain.ledger import Event
from dispatch.domain.notice import Notice
from dispatch.ledger.events import PURGED
from dispatch.ledger.kinds import Subject
from dispatch.upkeep.store import blanks

GONE = b""
"""What is left of a content; its digest is that of no other."""


@dataclass(frozen=True, slots=True)
class Told:
    """What the ledger is to tell of one thing that was taken away."""

    subject: Subject
    key: object
    detail: dict[str, str] = field(default_factory=dict)

    def event(self, at: datetime, actor: str) -> Event:
        return PURGED[self.subject].event(at, actor, self.key, **self.detail)


def mails(session: Session, keys: Sequence[UUID]) -> Iterator[Told]:
    """Take mails away, what was read in them, and whom they suggested; the conclusions stay."""
    digests = session.scalars(
        select(IncomingMail.sha256).where(IncomingMail.id.in_(keys)).order_by(IncomingMail.sha256)
    ).all()
    session.execute(
        update(IncomingMail).where(IncomingMail.id.in_(keys)).values(content=GONE, trouble=None)
    )
    for row in session.scalars(select(NoticeRow).where(NoticeRow.mail_id.in_(keys))):
        row.notice = Notice(category=row.category)
    session.execute(
        update(Suggestion)
        .where(Suggestion.mail_id.in_(keys))
        .values(address="", address_key=cast(Suggestion.id, String), name="", sentence="")
    )
    yield from (Told(Subject.MAIL, digest, {"sha256": digest}) for digest in digests)


def deliveries(session: Session, keys: Sequence[UUID]) -> Iterator[Told]:
    """Take away whom letters went to, and what servers answered in words."""
    attempts = session.scalars(select(Attempt.id).where(Attempt.delivery_id.in_(keys))).all()
    blanks.blank(session, "attempt", attempts)
    blanks.blank(session, "delivery", keys)
    yield from (Told(Subject.DELIVERY, key) for key in keys)


def letters(session: Session, keys: Sequence[UUID]) -> Iterator[Told]:
    """Take away whom letters were for, out of what they were drawn up from."""
    blanks.blank(session, "letter", keys)
    blanks.blank_loose(session, "letter", keys)
    yield from (Told(Subject.LETTER, key) for key in keys)


def contacts(session: Session, keys: Sequence[UUID]) -> Iterator[Told]:
    """Take away who held a post; that somebody did, and until when, stays."""
    blanks.blank(session, "contact", keys)
    rows = session.execute(
        select(ContactRow.id, ContactRow.authority_code).where(ContactRow.id.in_(keys))
    )
    for id_, code in rows.all():
        yield Told(Subject.AUTHORITY, code, {"contact": str(id_)})


def suppressions(session: Session, keys: Sequence[UUID]) -> Iterator[Told]:
    """Take away which address was not to be written to, and why."""
    blanks.blank(session, "suppression", keys)
    yield from (Told(Subject.SUPPRESSION, key) for key in keys)


def files(session: Session, keys: Sequence[UUID]) -> Iterator[Told]:
    """Take away files as they came in."""
    query = select(SourceFile.sha256).where(SourceFile.id.in_(keys)).order_by(SourceFile.sha256)
    digests = session.scalars(query).all()
    session.execute(update(SourceFile).where(SourceFile.id.in_(keys)).values(content=GONE))
    yield from (Told(Subject.FILE, digest, {"sha256": digest}) for digest in digests)


def documents(session: Session, keys: Sequence[str]) -> Iterator[Told]:
    """Take letters away, on paper and as mail."""
    session.execute(update(Document).where(Document.sha256.in_(keys)).values(content=GONE))
    yield from (Told(Subject.DOCUMENT, digest) for digest in keys)
