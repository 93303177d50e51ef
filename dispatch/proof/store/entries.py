"""The entries of the ledger: events and imprints, sealed or not yet, some at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from sqlalchemy import Row, Select, String, func, or_, select
from sqlalchemy.orm import Session

from dispatch.database.codes import readable
from dispatch.database.metadata import table_of
from dispatch.database.sql import as_list, listed
from dispatch.database.tables import EventRow, ImprintRow, SealRow
from dispatch.domain.proof.ledger import Event, Imprint
from dispatch.ledger.upkeep_events import PURGED

PAGE: Final = 250
"""The fewest rows that are read together in search of events of ours."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """An event that is not sealed yet, with its number in the database and its code."""

    id: int
    event: Event
    code: str | None


@dataclass(frozen=True, slots=True)
class Stranger:
    """A row of the table of events that none of our processes wrote."""

    id: int
    event: Event | None
    """What it says; None if it cannot be read."""


@dataclass(frozen=True, slots=True)
class Placed:
    """An event with its place, the hash of its entry and its number in the database."""

    place: int
    hash: str
    salt: str
    id: int
    code: str | None
    event: Event

    @property
    def entry(self) -> bytes:
        """Its entry in the ledger."""
        return self.event.entry(self.id, self.salt)


def is_unsealed(session: Session, key: bytes) -> bool:
    """Whether any event of ours is not sealed yet; fast for any number of events."""
    return bool(waiting(session, key, 1))


def count_unsealed(session: Session) -> int:
    """Return how many events have no place in the ledger yet, ours or not."""
    query = select(func.count()).select_from(EventRow).where(EventRow.place.is_(None))
    return session.scalar(query) or 0


def count(session: Session) -> int:
    """Return how many entries there are, sealed or not: none has a place past that."""
    tables = (EventRow, ImprintRow, SealRow)
    return sum(
        session.scalar(select(func.count()).select_from(table_of(each))) or 0 for each in tables
    )


def waiting(session: Session, key: bytes, limit: int) -> list[Waiting]:
    """Return the first events that are not sealed yet, in their order; none that is not ours.

    Fewer than `limit` are all there are, however many strangers wait among them.
    """
    found = unsealed(session, key, max(limit, PAGE))
    ours = (each for each in found if isinstance(each, Waiting))
    return list(islice(ours, limit))


def unsealed(session: Session, key: bytes | None, page: int) -> Iterator[Waiting | Stranger]:
    """Yield everything that is not sealed yet, in its order, some at a time in memory.

    Without a key everything counts as ours that can be read.
    """
    table = table_of(EventRow).c
    said = (table.at, table.actor, table.action, table.subject, table.detail)
    query = (
        select(table.id, table.mac, *said)
        .where(table.place.is_(None))
        .order_by(table.id)
        .limit(page)
    )
    rows = readable(session.connection(), query)
    while rows:
        for row in rows:
            yield _waiting(key, *row)
        rows = readable(session.connection(), query.where(table.id > rows[-1][0]))


def _waiting(
    key: bytes | None,
    id_: int,
    code: str | None = None,
    *said: Any,  # noqa: ANN401 - of any type
) -> Waiting | Stranger:
    if not said:
        return Stranger(id_, None)
    event = Event(*said)
    is_ours = key is None or event.is_ours(key, code)
    return Waiting(id_, event, code) if is_ours else Stranger(id_, event)


def copies(session: Session) -> Iterator[tuple[int, int]]:
    """Return the numbers of events with the code of another, and of that one: they copy its row."""
    code, id_ = table_of(EventRow).c.mac, table_of(EventRow).c.id
    query = select(func.max(id_), func.min(id_)).where(code.is_not(None)).group_by(code)
    doubled = session.execute(query.having(func.count() > 1).order_by(func.max(id_)))
    return ((last, first) for last, first in doubled)


def last_imprints(session: Session, records: Iterable[str]) -> dict[str, tuple[int, Imprint]]:
    """Return the last imprint of each of these records, with its place, for those that have one."""
    found = imprints_about(session, records)
    return {imprint.record: (place, imprint) for place, imprint in found}


def imprints_about(session: Session, records: Iterable[str]) -> Iterator[tuple[int, Imprint]]:
    """Yield every imprint of these records, by place."""
    asked = listed(session.get_bind().dialect.name, "records", String())
    query = _imprints().where(table_of(ImprintRow).c.record.in_(asked))
    rows = session.execute(query, {"records": as_list((each,) for each in records)})
    return map(_imprint, rows)


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
    placed = (table.place, table.hash, table.salt, table.id, table.mac)
    return select(*placed, *said).order_by(table.place, table.id)


def _placed(row: Row[*tuple[Any, ...]]) -> Placed:
    place, hash_, salt, id_, code, *said = row
    # A sealed event has a salt. Without it the entry no longer matches its hash, which is reported.
    return Placed(place, hash_, salt or "", id_, code, Event(*said))


def imprints_of(
    session: Session, start: int, end: int, page: int
) -> Iterator[list[tuple[int, Imprint]]]:
    """Yield the imprints with places from `start` up to `end`, this many together.

    A seal over an import may have very many.
    """
    place = table_of(ImprintRow).c.place
    query = _imprints().where(place < end).limit(page)
    at = start
    while found := list(map(_imprint, session.execute(query.where(place >= at)))):
        yield found
        at = found[-1][0] + 1


def _imprints() -> Select[*tuple[Any, ...]]:
    table = table_of(ImprintRow).c
    columns = (table.place, table.record, table.digest, table.salt, table.people)
    return select(*columns).order_by(table.place)


def _imprint(row: Row[*tuple[Any, ...]]) -> tuple[int, Imprint]:
    place, *values = row
    return place, Imprint(*values)


def beyond(session: Session, size: int) -> int | None:
    """Return the first place before or after the ledger's own that an entry claims to have."""
    places = [
        session.scalar(select(func.min(column)).where(or_(column >= size, column < 0)))
        for column in (EventRow.place, ImprintRow.place)
    ]
    return min((place for place in places if place is not None), default=None)
