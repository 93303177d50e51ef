"""The events that somebody asks for, in the order in which they happened, some at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from dispatch.database.metadata import table_of
from dispatch.database.sql import follows
from dispatch.database.tables import EventRow
from dispatch.domain.calendar import moment
from dispatch.domain.errors import NotFound
from dispatch.domain.proof.ledger import Event
from dispatch.proof.store import filters
from dispatch.proof.store.filters import Filters

EVENT: Final = table_of(EventRow).c


@dataclass(frozen=True, slots=True)
class Stored:
    """An event, its number in the database, and its place in the ledger."""

    id: int
    place: int | None
    """None until it is sealed."""
    event: Event


def pages(
    session: Session, wanted: Filters, *, after: int | None = None, size: int
) -> Iterator[Sequence[Stored]]:
    """Yield the events that match, a page at a time, from the one that follows number `after`.

    The last page may have fewer, or none. Raises `NotFound`.
    """
    query = _matching(session, wanted).limit(size)
    last = after
    while True:
        rows = session.execute(_following(session, query, last)).all()
        page = [Stored(id_, place, Event(*said)) for id_, place, *said in rows]
        yield page
        if len(page) < size:
            return
        last = page[-1].id


def about(session: Session, subject: str) -> list[Stored]:
    """Return all events about one subject, oldest first."""
    said = (EVENT.at, EVENT.actor, EVENT.action, EVENT.subject, EVENT.detail)
    query = select(EVENT.id, EVENT.place, *said).where(EVENT.subject == subject)
    rows = session.execute(query.order_by(EVENT.id))
    return [Stored(id_, place, Event(*each)) for id_, place, *each in rows]


def _matching(session: Session, wanted: Filters) -> Select[*tuple[Any, ...]]:
    said = (EVENT.at, EVENT.actor, EVENT.action, EVENT.subject, EVENT.detail)
    query = select(EVENT.id, EVENT.place, *said).where(*filters.events(session, wanted))
    if wanted.since:
        query = query.where(EVENT.at >= midnight(wanted.since))
    if wanted.until:
        query = query.where(EVENT.at < midnight(wanted.until + timedelta(days=1)))
    return query.order_by(EVENT.at, EVENT.id)


def _following(
    session: Session, query: Select[*tuple[Any, ...]], after: int | None
) -> Select[*tuple[Any, ...]]:
    if after is None:
        return query
    key = [EVENT.at, EVENT.id]
    row = session.execute(select(*key).where(EVENT.id == after)).one_or_none()
    if row is None:
        raise NotFound(f"there is no event {after}")
    return query.where(follows(key, row))


def midnight(day: date) -> datetime:
    """Return when a day begins in London."""
    return moment(day, time(0))
