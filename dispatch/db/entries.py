"""The ledger's entries: events that wait for a seal, and what is sealed, some at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, String, func, select
from sqlalchemy.orm import Session

from dispatch.db.lists import as_list, listed
from dispatch.db.metadata import table_of
from dispatch.db.models import EventRow, ImprintRow
from dispatch.domain.ledger import Event, Imprint


@dataclass(frozen=True, slots=True)
class Numbered:
    """An event with its number in the database."""

    id: int
    event: Event


@dataclass(frozen=True, slots=True)
class Placed:
    """An event that was sealed: its place, the hash of its entry, its number, what it says."""

    place: int
    hash: str
    id: int
    event: Event


def is_unsealed(session: Session) -> bool:
    """Whether any event waits to be sealed; quick however many there are."""
    query = select(EventRow.id).where(EventRow.place.is_(None)).limit(1)
    return session.scalar(query) is not None


def unsealed(session: Session, limit: int, after: int = 0) -> list[Numbered]:
    """Return events that are not sealed yet, by their numbers, from beyond one of them on."""
    table = table_of(EventRow).c
    query = (
        select(table.id, table.at, table.actor, table.action, table.subject, table.detail)
        .where(table.place.is_(None), table.id > after)
        .order_by(table.id)
        .limit(limit)
    )
    return [Numbered(id_, Event(*rest)) for id_, *rest in session.execute(query)]


def digests(session: Session, records: Iterable[str]) -> dict[str, str]:
    """Return the digest of each of these records that its last imprint has."""
    table = table_of(ImprintRow).c
    dialect = session.get_bind().dialect.name
    asked = listed(dialect, "records", String())
    query = select(table.record, table.digest).where(table.record.in_(asked)).order_by(table.place)
    rows = session.execute(query, {"records": as_list((each,) for each in records)})
    return {record: digest for record, digest in rows}  # noqa: C416 - rows are no pairs to mypy


def events_of(session: Session, start: int, end: int) -> Iterator[Placed]:
    """Yield the events with places from `start` up to `end`, by place."""
    table = table_of(EventRow).c
    query = _events().where(table.place >= start, table.place < end)
    return map(_placed, session.execute(query))


def events_about(session: Session, subjects: Iterable[str]) -> list[Placed]:
    """Return all events about some subjects, by place; what waits to be sealed has none."""
    asked = listed(session.get_bind().dialect.name, "subjects", String())
    query = _events().where(table_of(EventRow).c.subject.in_(asked))
    rows = session.execute(query, {"subjects": as_list((each,) for each in subjects)})
    return list(map(_placed, rows))


def _events() -> Select[*tuple[Any, ...]]:
    table = table_of(EventRow).c
    said = (table.at, table.actor, table.action, table.subject, table.detail)
    return select(table.place, table.hash, table.id, *said).order_by(table.place, table.id)


def _placed(row: Row[*tuple[Any, ...]]) -> Placed:
    place, hash_, id_, *said = row
    return Placed(place, hash_, id_, Event(*said))


def imprints_of(session: Session, start: int, end: int) -> Iterator[tuple[int, Imprint]]:
    """Yield the imprints with places from `start` up to `end`."""
    table = table_of(ImprintRow).c
    query = select(table.place, table.record, table.digest)
    query = query.where(table.place >= start, table.place < end).order_by(table.place)
    for place, record, digest in session.execute(query):
        yield place, Imprint(record, digest)


def beyond(session: Session, size: int) -> int | None:
    """Return the first place past the end of the ledger that something claims to have."""
    places = [
        session.scalar(select(func.min(column)).where(column >= size))
        for column in (EventRow.place, ImprintRow.place)
    ]
    return min((place for place in places if place is not None), default=None)
