"""Events of some days, in the order in which they happened."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.database.metadata import table_of
from dispatch.database.tables import EventRow
from dispatch.domain.calendar import moment
from dispatch.domain.proof.ledger import Event


def between(
    session: Session, since: date | None, until: date | None
) -> Iterator[tuple[Event, int | None]]:
    """Yield the events of these days of London's, each with its place in the ledger.

    The place is None until the event is sealed.
    """
    table = table_of(EventRow).c
    said = (table.at, table.actor, table.action, table.subject, table.detail)
    query = select(table.place, *said).order_by(table.at, table.id)
    if since:
        query = query.where(table.at >= _midnight(since))
    if until:
        query = query.where(table.at < _midnight(until + timedelta(days=1)))
    return ((Event(*row), place) for place, *row in session.execute(query))


def _midnight(day: date) -> datetime:
    return moment(day, time(0))
