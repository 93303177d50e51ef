"""What the doctor asks the database."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Final

from sqlalchemy import JSON, func, select, type_coerce
from sqlalchemy.orm import Session, undefer

from dispatch.database.tables import Document, EventRow, IncomingMail, Letter, Mailout
from dispatch.domain.address import domain_of
from dispatch.ledger import upkeep_events
from dispatch.letters.store import letters
from dispatch.register.store import contacts

BACKED_UP: Final = upkeep_events.DB_BACKED_UP.action


def last_backup(session: Session) -> datetime | None:
    """Return when a backup was last recorded."""
    return session.scalar(select(func.max(EventRow.at)).where(EventRow.action == BACKED_UP))


def largest_letter(session: Session) -> int:
    """Return the octets of the PDF and the attachments of the largest letter; 0 if there is none.

    Every letter of every mailout counts: this one's may not be made yet.
    """
    documents = select(Document.sha256, func.length(Document.content))
    lengths: dict[str, int] = dict(session.execute(documents).all())
    attached = type_coerce(Letter.draft, JSON)["attachments"]
    pdf = type_coerce(Letter.parts, JSON)["pdf"].as_string()
    sizes = (
        sum(lengths.get(each, 0) for each in [its_pdf, *(one["sha256"] for one in files or ())])
        for its_pdf, files in session.execute(select(pdf, attached))
    )
    return max(sizes, default=0)


def domains(session: Session, mailout: Mailout | None) -> Counter[str]:
    """Return how many letters go to each domain.

    Where there are no letters yet, how many present contacts have it, in the roles of the mailout.
    """
    if mailout is not None and (found := letters.domains(session, mailout)):
        return found
    roles = None if mailout is None else mailout.plan.roles
    present = contacts.current(session, roles).values()
    return Counter(domain_of(each.address) for each in present if each.address)


def contents_since(session: Session, at: datetime) -> list[bytes]:
    """Return the messages that came in since a moment, in their order."""
    query = select(IncomingMail).where(IncomingMail.received_at >= at)
    rows = session.scalars(
        query.order_by(IncomingMail.received_at).options(undefer(IncomingMail.content))
    )
    return [row.content for row in rows]
