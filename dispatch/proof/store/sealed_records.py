"""Sealed records: reading the rows that the ledger covers, as they are now.

When the ledger seals an event, it takes an imprint (a digest) of each record that the event wrote.
So an event need not repeat what its record says. `sealed_kinds` says which columns that covers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final
from uuid import UUID

from sqlalchemy import RowMapping, Select, String, Uuid, func, select
from sqlalchemy.orm import Session

from dispatch.database.sql import as_list, listed
from dispatch.database.tables import IncomingMail, SourceFile
from dispatch.domain.proof.ledger import Event, Written
from dispatch.ledger.kinds import SHORT, Subject
from dispatch.proof.store.sealed_kinds import KINDS, SEALED, SealedKind

PAGE: Final = 1000
"""Records that are read together."""

_KEYS: Final[Mapping[Subject, Callable[[str], Select[*tuple[Any, ...]]]]] = {
    Subject.DELIVERY: lambda dialect: listed(dialect, "keys", Uuid()),
    Subject.LETTER: lambda dialect: listed(dialect, "keys", Uuid()),
    Subject.POSTING: lambda dialect: listed(dialect, "keys", Uuid()),
    Subject.SUPPRESSION: lambda dialect: listed(dialect, "keys", Uuid()),
    Subject.MAILOUT: lambda dialect: listed(dialect, "keys", String()),
    Subject.AUTHORITY: lambda dialect: listed(dialect, "keys", String()),
    Subject.MAIL: lambda dialect: select(IncomingMail.id).where(
        IncomingMail.sha256.in_(listed(dialect, "keys", String()))
    ),
    Subject.FILE: lambda dialect: select(SourceFile.id).where(
        func.substr(SourceFile.sha256, 1, SHORT).in_(listed(dialect, "keys", String()))
    ),
}
"""What the keys of subjects stand for in the columns that lead to them, by dialect."""

_SUBJECTS: Final = {subject.value: subject for subject in _KEYS}


@dataclass(frozen=True, slots=True)
class Stored:
    """The row of a sealed record, as it is now."""

    kind: SealedKind
    row: RowMapping

    @property
    def record(self) -> str:
        """The record's name."""
        return self.kind.record(self.row)

    def written(self) -> Written:
        """Return the record, which takes ten times as long as its name."""
        return self.kind.written(self.row)


def written_by(session: Session, events: Iterable[Event]) -> Iterator[Stored]:
    """Yield each record that these events may have written, as it is now."""
    keys: dict[Subject, set[str]] = defaultdict(set)
    for event in events:
        if found := _subject(event):
            subject, key = found
            keys[subject].add(key)
    dialect = session.get_bind().dialect.name
    for kind in SEALED:
        for subject in sorted(kind.subjects.keys() & keys.keys(), key=lambda each: each.value):
            column = kind.subjects[subject]
            query = kind.select().where(column.in_(_KEYS[subject](dialect))).order_by(kind.key)
            asked = as_list((key,) for key in sorted(keys[subject]))
            if subject is Subject.FILE:  # whose records may be 100,000
                query = query.execution_options(yield_per=PAGE)
            rows = session.execute(query, {"keys": asked}).mappings()
            yield from map(partial(Stored, kind), rows)


def _subject(event: Event) -> tuple[Subject, str] | None:
    """Return what an event is about, and its key as columns have it; None if no record is."""
    sort, _, key = event.subject.partition(":")
    subject = _SUBJECTS.get(sort)
    if subject is None:
        return None
    if subject is Subject.MAIL:
        key = event.detail.get("sha256", "")  # the subject has only the beginning
    if subject.is_by_id:
        try:
            key = UUID(key).hex
        except ValueError:  # an event that was tampered with may be about anything
            return None
    return subject, key


def written(session: Session, records: Iterable[str]) -> dict[str, Written]:
    """Return those of some records that exist, as they are now, by their names."""
    keys: dict[str, list[str]] = defaultdict(list)
    for record in records:
        name, _, key = record.partition(":")
        keys[name].append(key)
    found: dict[str, Written] = {}
    for name in keys.keys() & KINDS.keys():
        kind, wanted = KINDS[name], keys[name]
        if isinstance(kind.key.type, Uuid):
            wanted = [id_.hex for id_ in map(_id, wanted) if id_]
        asked = listed(session.get_bind().dialect.name, "keys", kind.key.type)
        rows = session.execute(
            kind.select().where(kind.key.in_(asked)), {"keys": as_list((key,) for key in wanted)}
        )
        found |= {each.record: each for each in map(kind.written, rows.mappings())}
    return found


def _id(key: str) -> UUID | None:
    try:
        return UUID(key)
    except ValueError:  # an imprint that was tampered with may be of anything
        return None


def may_be_replaced(record: str) -> bool:
    """Whether a record is of a kind that a later event may write anew."""
    kind = KINDS.get(record.partition(":")[0])
    return kind is not None and kind.may_be_replaced


def all_names(session: Session) -> Iterator[list[str]]:
    """Yield the names of all records that are written, a page at a time."""
    for kind in SEALED:
        page, last = select(kind.key).where(kind.is_written).order_by(kind.key).limit(PAGE), None
        while keys := session.scalars(page if last is None else page.where(kind.key > last)).all():
            yield [f"{kind.name}:{key}" for key in keys]
            last = keys[-1]
