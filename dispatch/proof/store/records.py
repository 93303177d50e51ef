"""Records of facts: which ones events wrote, which there are, and how they stand written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, String, Uuid, func, select
from sqlalchemy.orm import Session

from dispatch.database.metadata import table_of
from dispatch.database.sql import as_list, listed
from dispatch.database.tables import IncomingMail, SourceFile
from dispatch.domain.ledger import Event, Written
from dispatch.proof.store.facts import FACTS, KINDS

PAGE: Final = 1000
"""Records that are looked at together."""


def _short(column: Any) -> ColumnElement[str]:  # noqa: ANN401 - a mapped column
    """Return the part of a SHA-256 that names a file in the ledger."""
    return func.substr(column, 1, 12)


ASKED: Final[Mapping[str, Callable[[str], Select[*tuple[Any, ...]]]]] = {
    "delivery": lambda dialect: listed(dialect, "keys", Uuid()),
    "letter": lambda dialect: listed(dialect, "keys", Uuid()),
    "suppression": lambda dialect: listed(dialect, "keys", Uuid()),
    "mailout": lambda dialect: listed(dialect, "keys", String()),
    "authority": lambda dialect: listed(dialect, "keys", String()),
    "mail": lambda dialect: select(IncomingMail.id).where(
        IncomingMail.sha256.in_(listed(dialect, "keys", String()))
    ),
    "file": lambda dialect: select(SourceFile.id).where(
        _short(SourceFile.sha256).in_(listed(dialect, "keys", String()))
    ),
}
"""What the subjects of events stand for in the columns that lead to them."""

BY_UUID: Final = frozenset({"delivery", "letter", "suppression"})


def written_by(session: Session, events: Iterable[Event]) -> Iterator[Written]:
    """Yield each fact that these events may have written, as it is now."""
    subjects: dict[str, set[str]] = defaultdict(set)
    for event in events:
        kind, key = _subject(event)
        if kind in ASKED:
            subjects[kind].add(key)
    dialect = session.get_bind().dialect.name
    for fact in FACTS:
        for kind in sorted(fact.subjects.keys() & subjects.keys()):
            column = table_of(fact.model).c[fact.subjects[kind]]
            found = fact.select().where(column.in_(ASKED[kind](dialect)))
            keys = as_list((key,) for key in sorted(subjects[kind]))
            rows = session.execute(found.order_by(fact.key), {"keys": keys})
            yield from map(fact.written, rows.mappings())


def _subject(event: Event) -> tuple[str, str]:
    """Return the kind and the key of what an event is about; "" for what has no facts."""
    kind, _, key = event.subject.partition(":")
    if kind == "mail":
        key = event.detail.get("sha256", "")
    if kind in BY_UUID:
        try:
            key = UUID(key).hex
        except ValueError:
            return "", ""
    return kind, key


def written(session: Session, records: Iterable[str]) -> dict[str, Written]:
    """Return those of some records that are there, as they are now, by their names."""
    keys: dict[str, list[str]] = defaultdict(list)
    for record in records:
        kind, _, key = record.partition(":")
        keys[kind].append(key)
    found: dict[str, Written] = {}
    for kind in keys.keys() & KINDS.keys():
        fact, wanted = KINDS[kind], keys[kind]
        if isinstance(fact.key.type, Uuid):
            wanted = [UUID(key).hex for key in wanted]
        asked = listed(session.get_bind().dialect.name, "keys", fact.key.type)
        rows = session.execute(
            fact.select().where(fact.key.in_(asked)), {"keys": as_list((key,) for key in wanted)}
        )
        found |= {each.record: each for each in map(fact.written, rows.mappings())}
    return found


def is_replaced(record: str) -> bool:
    """Whether a record is of a kind that another may take the place of."""
    return KINDS[record.partition(":")[0]].is_replaced


def all_names(session: Session) -> Iterator[list[str]]:
    """Yield the names of all records that there are, some at a time."""
    for fact in FACTS:
        last = None
        while True:
            page = select(fact.key).where(fact.is_there).order_by(fact.key).limit(PAGE)
            keys = session.scalars(page if last is None else page.where(fact.key > last)).all()
            if not keys:
                break
            yield [f"{fact.kind}:{key}" for key in keys]
            last = keys[-1]
