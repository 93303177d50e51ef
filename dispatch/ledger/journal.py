"""Append events to the ledger, and read them back. Nothing here updates or deletes an event."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from functools import cache
from secrets import token_hex
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Insert,
    Select,
    String,
    func,
    insert,
    literal_column,
    select,
    true,
    union,
)
from sqlalchemy.orm import Session

from dispatch.database.engine import key_of
from dispatch.database.metadata import table_of
from dispatch.database.sql import (
    Prepared,
    as_list,
    insert_many,
    listed,
    many,
    one_by_one,
    prepare,
)
from dispatch.database.tables import EventRow
from dispatch.database.tables.ledger import IS_SELDOM
from dispatch.domain.proof.ledger import NONCE_OCTETS, Event
from dispatch.ledger import catalogue

ROW: Final = ("at", "actor", "action", "subject", "detail", "mac")
"""The columns of an event before it is sealed."""


def append(session: Session, *events: Event) -> None:
    """Append events in the caller's transaction, which also holds what they report.

    Raises `ValueError` for an event that is not in the catalogue, `LookupError` without the key.
    """
    append_all(session, events)


def append_all(session: Session, events: Iterable[Event]) -> None:
    """Append many events in one statement. Raises as `append` does."""
    if rows := as_rows(session, events):
        dialect = session.get_bind().dialect.name
        session.execute(_appending(dialect), many(dialect, rows))


def prepared(session: Session, events: Iterable[Event]) -> Prepared:
    """Return many events for `sql.insert_prepared` to append later. Raises as `append` does."""
    inserting = _appending(session.get_bind().dialect.name)
    return prepare(session, inserting, as_rows(session, events))


def as_rows(session: Session, events: Iterable[Event]) -> list[dict[str, Any]]:
    """Return the rows of events, with their codes. Raises as `append` does."""
    key = key_of(session)
    return [
        {
            "at": event.at,
            "actor": event.actor,
            "action": event.action,
            "subject": event.subject,
            "detail": dict(event.detail),
            "mac": event.mac(key, token_hex(NONCE_OCTETS)),
        }
        for event in map(_checked, events)
    ]


def appending_from(rows: Select[*tuple[Any, ...]]) -> Insert:
    """Return the INSERT of the events in the columns `ROW` of a query, as a part of its statement.

    `as_rows` must have made them.
    """
    return insert(table_of(EventRow)).from_select(ROW, rows)


def _checked(event: Event) -> Event:
    catalogue.check(event)
    return event


@cache
def _appending(dialect: str) -> Insert:
    """Return an INSERT into the table: by the class, the ORM takes four times as long."""
    return insert_many(dialect, table_of(EventRow))


def events(session: Session, subject: str | None = None) -> Sequence[Event]:
    """Return the events about one subject, or all, oldest first."""
    query = select(EventRow).order_by(EventRow.id)
    if subject is not None:
        query = query.where(EventRow.subject == subject)
    return [_event(row) for row in session.scalars(query)]


def last(session: Session, subject: str, actions: Collection[str]) -> Event | None:
    """Return the last event about a subject whose action is one of these; None if none is.

    The subject's index gives the newest first, so few rows are read however many there are.
    """
    is_one = EventRow.subject == subject, EventRow.action.in_(actions)
    query = select(EventRow).where(*is_one).order_by(EventRow.id.desc()).limit(1)
    row = session.scalars(query).one_or_none()
    return None if row is None else _event(row)


def about(session: Session, subject: str, actions: Collection[str]) -> Sequence[Event]:
    """Return the events about a subject whose action is one of these, oldest first.

    All of them are read, so this is for subjects that have few.
    """
    is_one = EventRow.subject == subject, EventRow.action.in_(actions)
    return list(map(_event, session.scalars(select(EventRow).where(*is_one).order_by(EventRow.id))))


def about_any(session: Session, subjects: Collection[str], actions: Collection[str]) -> list[Event]:
    """Return the events about some subjects whose action is one of these, oldest first."""
    return [event for event, _ in _coded(session, subjects, actions)]


def last_of_each(
    session: Session, subjects: Collection[str], actions: Collection[str]
) -> dict[str, Event]:
    """Return the last event about each of some subjects whose action is one of these."""
    if not subjects:
        return {}
    newest = (
        select(func.max(EventRow.id))
        .where(EventRow.subject.in_(subjects), EventRow.action.in_(actions))
        .group_by(EventRow.subject)
    )
    rows = session.scalars(select(EventRow).where(EventRow.id.in_(newest)))
    return {row.subject: _event(row) for row in rows}


def newest(
    session: Session, subject: str, limit: int, actions: Collection[str] = ()
) -> list[Event]:
    """Return the last events about a subject, the newest first; of these actions, if any."""
    query = select(EventRow).where(EventRow.subject == subject).order_by(EventRow.id.desc())
    if actions:
        query = query.where(EventRow.action.in_(actions))
    return [_event(row) for row in session.scalars(query.limit(limit))]


def count_since(session: Session, at: datetime, actions: Collection[str]) -> int:
    """Return how many events have one of these actions, seldom ones, from a moment on."""
    query = select(func.count()).where(*_since(at, actions))
    return session.scalar(query) or 0


def newest_since(session: Session, at: datetime, actions: Collection[str]) -> Event | None:
    """Return the last of these events; None if there is none."""
    query = select(EventRow).where(*_since(at, actions))
    row = session.scalars(query.order_by(EventRow.at.desc(), EventRow.id.desc()).limit(1)).first()
    return None if row is None else _event(row)


def subjects_since(at: datetime, actions: Collection[str]) -> Select[str]:
    """Select what these events are about, as a part of a statement."""
    return select(EventRow.subject).where(*_since(at, actions))


def _since(at: datetime, actions: Collection[str]) -> Iterator[ColumnElement[bool]]:
    yield EventRow.action.in_(actions)
    yield EventRow.at >= at
    yield literal_column(IS_SELDOM)  # as the index has it


def last_of_ours(session: Session, subject: str, actions: Collection[str]) -> Event | None:
    """Return the last event about a subject whose action is one of these, if we wrote it.

    None if somebody else did, or if it is a copy of an earlier one: what rests on it must then not
    go on. All such events are read, so this is for subjects that have few.
    """
    found = list(_coded(session, [subject], actions))
    if not found:
        return None
    *earlier, (event, code) = found
    is_copy = any(code == other for _, other in earlier)
    return event if event.is_ours(key_of(session), code) and not is_copy else None


def all_of_ours(
    session: Session, subjects: Collection[str], actions: Collection[str]
) -> dict[str, list[Event] | None]:
    """Return the events about each of some subjects whose action is one of these, oldest first.

    None for a subject if we did not write one of them, or if one is a copy of another.
    """
    return _told(session, _coded(session, subjects, actions), subjects)


def all_of_ours_and_made(
    session: Session, subjects: Collection[str], actions: Collection[str], made: str
) -> dict[str, list[Event] | None]:
    """Return the same of these subjects and of all that have an event of the action `made`.

    There must be an index over such events: they are found anew each time.
    """
    table = table_of(EventRow).c
    # Spelled out, for only then is the index used.
    of_made = select(table.subject).where(table.action == literal_column(f"'{made}'"))
    given = listed(session.get_bind().dialect.name, "subjects", String())
    query = select(table.mac, table.at, table.actor, table.action, table.subject, table.detail)
    is_wanted = table.subject.in_(union(given, of_made)), table.action.in_(actions)
    query = query.where(*is_wanted).order_by(table.id)
    rows = session.execute(query, {"subjects": as_list((each,) for each in subjects)})
    return _told(session, ((Event(*said), code) for code, *said in rows), subjects)


def _told(
    session: Session, found: Iterable[tuple[Event, str | None]], subjects: Iterable[str]
) -> dict[str, list[Event] | None]:
    """Return events by their subjects; None for one of which an event is not ours, or a copy."""
    codes = set[str | None]()
    told: dict[str, list[Event] | None] = {each: [] for each in subjects}
    for event, code in found:
        key = key_of(session)
        about = told.setdefault(event.subject, [])
        if about is None or code in codes or not event.is_ours(key, code):
            told[event.subject] = None
        else:
            about.append(event)
        codes.add(code)
    return told


def _coded(
    session: Session, subjects: Collection[str], actions: Collection[str]
) -> Iterator[tuple[Event, str | None]]:
    """Yield the events about some subjects whose action is one of these, each with its code."""
    asking = _asking(session.get_bind().dialect.name, frozenset(actions))
    rows = session.execute(asking, {"subjects": as_list((each,) for each in subjects)})
    return ((Event(*said), code) for code, *said in rows.all())


@cache
def _asking(dialect: str, actions: frozenset[str]) -> Select[*tuple[Any, ...]]:
    table = table_of(EventRow).c
    said = (table.mac, table.at, table.actor, table.action, table.subject, table.detail)
    subjects = listed(dialect, "subjects", String())
    is_wanted = table.action.in_(actions)
    if dialect != "postgresql":
        return select(*said).where(table.subject.in_(subjects), is_wanted).order_by(table.id)
    # While a table is young, it takes few events for many, and would read all that there are for
    # each batch of letters.
    asked = subjects.subquery("asked")
    own = select(table.id, *said).where(table.subject == asked.c[0], is_wanted)
    about = one_by_one(asked, own, "about")
    _, *columns = about.c
    return select(*columns).select_from(asked).join(about, true()).order_by(about.c.id)


def _event(row: EventRow) -> Event:
    return Event(row.at, row.actor, row.action, row.subject, row.detail)
