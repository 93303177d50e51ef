"""The entries of the ledger: events and imprints, sealed or not yet, some at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, String, func, select
from sqlalchemy.orm import Session

from dispatch.database.metadata import table_of
from dispatch.database.sql import as_list, listed
from dispatch.database.tables import EventRow, ImprintRow
from dispatch.domain.proof.ledger import Event, Imprint
from dispatch.ledger.events import PURGED


@dataclass(frozen=True, slots=True)
class Numbered:
    """An event with its number in the database."""

    id: int
    event: Event


@dataclass(frozen=True, slots=True)
class Placed:
    """An event with its place, the hash of its entry and its number in the database."""

    place: int
    hash: str
    salt: str
    id: int
    event: Event

    @property
    def entry(self) -> bytes:
        """Its entry in the ledger."""
        return self.event.entry(self.id, self.salt)


def is_unsealed(session: Session) -> bool:
    """Whether any event is not sealed yet; fast for any number of events."""
    query = select(EventRow.id).where(EventRow.place.is_(None)).limit(1)
    return session.scalar(query) is not None


def unsealed(session: Session, limit: int, after: int = 0) -> list[Numbered]:
    """Return events that are not sealed yet and whose number is higher, in their order."""
    table = table_of(EventRow).c
    query = (
        select(table.id, table.at, table.actor, table.action, table.subject, table.detail)
        .where(table.place.is_(None), table.id > after)
        .order_by(table.id)
        .limit(limit)
    )
    return [Numbered(id_, Event(*rest)) for id_, *rest in session.execute(query)]


def last_imprints(session: Session, records: Iterable[str]) -> dict[str, tuple[int, Imprint]]:
    """Return the last imprint of each of these records, with its place, for those that have one."""
    asked = listed(session.get_bind().dialect.name, "records", String())
    query = _imprints().where(table_of(ImprintRow).c.record.in_(asked))
    rows = session.execute(query, {"records": as_list((each,) for each in records)})
    return {imprint.record: (place, imprint) for place, imprint in map(_imprint, rows)}


def events_of(session: Session, start: int, end: int) -> Iterator[Placed]:
    """Yield the events with places from `start` up to `end`, by place."""
    table = table_of(EventRow).c
    query = _events().where(table.place >= start, table.place < end)
    return map(_placed, session.execute(query))


def events_about(session: Session, subjects: Iterable[str]) -> list[Placed]:
    """Return all events about some subjects, by place; None for one that is not sealed yet."""
    asked = listed(session.get_bind().dialect.name, "subjects", String())
    query = _events().where(table_of(EventRow).c.subject.in_(asked))
    rows = session.execute(query, {"subjects": as_list((each,) for each in subjects)})
    return list(map(_placed, rows))


def purges(session: Session) -> Iterator[Placed]:
    """Yield the events that say that something was purged."""
    actions = [each.action for each in PURGED.values()]
    query = _events().where(table_of(EventRow).c.action.in_(actions))
    return map(_placed, session.execute(query))


def _events() -> Select[*tuple[Any, ...]]:
    table = table_of(EventRow).c
    said = (table.at, table.actor, table.action, table.subject, table.detail)
    placed = (table.place, table.hash, table.salt, table.id)
    return select(*placed, *said).order_by(table.place, table.id)


def _placed(row: Row[*tuple[Any, ...]]) -> Placed:
    place, hash_, salt, id_, *said = row
    # A sealed event has a salt. Without it the entry no longer matches its hash, which is reported.
    return Placed(place, hash_, salt or "", id_, Event(*said))


def imprints_of(session: Session, start: int, end: int) -> Iterator[tuple[int, Imprint]]:
    """Yield the imprints with places from `start` up to `end`."""
    place = table_of(ImprintRow).c.place
    return map(_imprint, session.execute(_imprints().where(place >= start, place < end)))


def _imprints() -> Select[*tuple[Any, ...]]:
    table = table_of(ImprintRow).c
    columns = (table.place, table.record, table.digest, table.salt, table.people)
    return select(*columns).order_by(table.place)


def _imprint(row: Row[*tuple[Any, ...]]) -> tuple[int, Imprint]:
    place, *values = row
    return place, Imprint(*values)


def beyond(session: Session, size: int) -> int | None:
    """Return the first place after the end of the ledger that an entry claims to have."""
    places = [
        session.scalar(select(func.min(column)).where(column >= size))
        for column in (EventRow.place, ImprintRow.place)
    ]
    return min((place for place in places if place is not None), default=None)
