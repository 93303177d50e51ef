"""The states that records are in, and the events that should have led to them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Column, Row, Select, String, Uuid, exists, select, type_coerce
from sqlalchemy.orm import Session

from dispatch.batches import batches
from dispatch.database.metadata import Base, table_of
from dispatch.database.sql import as_list, in_pages, listed
from dispatch.database.tables import (
    Attempt,
    Delivery,
    EventRow,
    IncomingMail,
    Letter,
    Mailout,
    Posting,
)
from dispatch.domain.proof.ledger import Event
from dispatch.ledger.kinds import Subject

PAGE: Final = 500

_MODELS: Final[Mapping[Subject, type[Base]]] = {
    Subject.DELIVERY: Delivery,
    Subject.LETTER: Letter,
    Subject.MAILOUT: Mailout,
    Subject.POSTING: Posting,
}


_DELIVERY: Final = Subject.DELIVERY


@dataclass(frozen=True, slots=True)
class Numbered:
    """An event with its number in the database."""

    id: int
    event: Event


@dataclass(frozen=True, slots=True)
class Tried:
    """What an attempt says of itself."""

    envid: str
    verdict: str | None
    code: int | None


@dataclass(frozen=True, slots=True)
class RecordState:
    """A record, the state it is in, and the events about it in their order."""

    id: UUID
    state: str
    """As it is stored: what was tampered with may not be a state at all."""
    events: list[Numbered]
    attempts: Mapping[str, Tried] = field(default_factory=dict)
    """Of a delivery, by their numbers as events spell them."""


def with_events(
    session: Session, subject: Subject, only: Collection[str] | None = None
) -> Iterator[RecordState]:
    """Yield every delivery, letter or mailout, or those alone that `only` has as subjects."""
    every = in_pages(session, _selected(subject), table_of(_MODELS[subject]).c.id, PAGE)
    for rows in every if only is None else _some(session, subject, only):
        events = _events(session, (subject.of(name) for _, name, _ in rows))
        tried = _attempts(session, (id_ for id_, *_ in rows)) if subject is _DELIVERY else {}
        for id_, name, state in rows:
            yield RecordState(id_, state, events[subject.of(name)], tried.get(id_, {}))


_Page = Sequence[Row[UUID, Any, str]]
"""The id of each record, what the subjects of its events name it by, and its state."""


def _some(session: Session, subject: Subject, only: Collection[str]) -> Iterator[_Page]:
    """Yield those that `only` names. Each page asks for its own: to name all takes longer."""
    key = _key(subject)
    asked = listed(session.get_bind().dialect.name, "keys", key.type)
    page = _selected(subject).where(key.in_(asked)).order_by(table_of(_MODELS[subject]).c.id)
    for keys in batches(sorted(_keys(subject, only)), PAGE):
        yield session.execute(page, {"keys": as_list(keys)}).all()


def _selected(subject: Subject) -> Select[UUID, Any, str]:
    table = table_of(_MODELS[subject]).c
    return select(table.id, _key(subject), type_coerce(table.state, String))


def _key(subject: Subject) -> Column[Any]:
    table = table_of(_MODELS[subject]).c
    return table.name if subject is Subject.MAILOUT else table.id


def _keys(subject: Subject, only: Collection[str]) -> Iterator[tuple[str | UUID]]:
    """Yield the keys of the records of a sort among the subjects of events."""
    for each in only:
        kind, _, name = each.partition(":")
        if kind == subject.value:
            yield (UUID(name) if subject.is_by_id else name,)


def _events(session: Session, subjects: Iterable[str]) -> dict[str, list[Numbered]]:
    table = table_of(EventRow).c
    asked = listed(session.get_bind().dialect.name, "subjects", String())
    query = (
        select(table.id, table.at, table.actor, table.action, table.subject, table.detail)
        .where(table.subject.in_(asked))
        .order_by(table.id)
    )
    found: dict[str, list[Numbered]] = defaultdict(list)
    rows = session.execute(query, {"subjects": as_list((each,) for each in subjects)})
    for id_, *said in rows:
        event = Event(*said)
        found[event.subject].append(Numbered(id_, event))
    return found


def _attempts(session: Session, ids: Iterable[UUID]) -> dict[UUID, dict[str, Tried]]:
    table = table_of(Attempt).c
    asked = listed(session.get_bind().dialect.name, "ids", Uuid())
    said = (table.envid, table.verdict, table.code)
    query = select(table.delivery_id, table.number, *said).where(table.delivery_id.in_(asked))
    rows = session.execute(query.order_by(table.number), {"ids": as_list((each,) for each in ids)})
    found: dict[UUID, dict[str, Tried]] = defaultdict(dict)
    for delivery_id, number, *rest in rows:
        found[delivery_id][str(number)] = Tried(*rest)
    return found


def has_mail(session: Session, digest: str) -> bool:
    """Whether a message with this SHA-256 came in."""
    return bool(session.scalar(select(exists().where(IncomingMail.sha256 == digest))))


def has_deliveries(session: Session, letter_id: UUID) -> bool:
    """Whether a letter was released."""
    return bool(session.scalar(select(exists().where(Delivery.letter_id == letter_id))))
