"""What the doctor asks the database."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session, undefer

from dispatch.database.tables import ContactRow, Document, EventRow, IncomingMail, Mailout
from dispatch.domain.address import domain_of
from dispatch.ledger import upkeep_events
from dispatch.letters.store import letters

BACKED_UP: Final = upkeep_events.DB_BACKED_UP.action


def last_backup(session: Session) -> datetime | None:
    """Return when a backup was last recorded."""
    return session.scalar(select(func.max(EventRow.at)).where(EventRow.action == BACKED_UP))


def largest_document(session: Session) -> int:
    """Return the octets of the largest PDF or attachment; 0 if there is none."""
    return session.scalar(select(func.max(func.length(Document.content)))) or 0


def domains(session: Session, mailout: Mailout | None) -> Counter[str]:
    """Return how many letters go to each domain; without letters, of all present contacts."""
    found = Counter[str]()
    if mailout is not None:
        for letter in letters.addressed(session, mailout):
            found.update(domain_of(each.address) for each in letter.recipients)
    if found:
        return found
    is_present = ContactRow.valid_until.is_(None)
    addresses = session.scalars(select(ContactRow.address).where(is_present))
    return Counter(domain_of(each) for each in addresses if each)


def contents_since(session: Session, at: datetime) -> list[bytes]:
    """Return the messages that came in since a moment, in their order."""
    query = select(IncomingMail).where(IncomingMail.received_at >= at)
    rows = session.scalars(
        query.order_by(IncomingMail.received_at).options(undefer(IncomingMail.content))
    )
    return [row.content for row in rows]
