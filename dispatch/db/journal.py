"""Writing and reading the ledger. Nothing here updates or deletes an event."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from dispatch.db.metadata import table_of
from dispatch.db.models import EventRow
from dispatch.domain.ledger import Event

APPEND: Final = insert(table_of(EventRow))
"""Into the table and not by the class: the ORM takes four times as long over it."""


def append(session: Session, *events: Event) -> None:
    """Add events in the caller's transaction, so that each and its cause stand or fall as one."""
    append_all(session, events)


def append_all(session: Session, events: Iterable[Event]) -> None:
    """Add many events in one statement."""
    rows = [
        {
            "at": event.at,
            "actor": event.actor,
            "action": event.action,
            "subject": event.subject,
            "detail": dict(event.detail),
        }
        for event in events
    ]
    if rows:
        session.execute(APPEND, rows)


def events(session: Session, subject: str | None = None) -> Sequence[Event]:
    """Return what happened, oldest first: to one subject, or to all."""
    query = select(EventRow).order_by(EventRow.id)
    if subject is not None:
        query = query.where(EventRow.subject == subject)
    return [
        Event(row.at, row.actor, row.action, row.subject, row.detail)
        for row in session.scalars(query)
    ]
