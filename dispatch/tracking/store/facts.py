"""What is known of mailouts in one number, moment or word each, asked for in one statement.

A page asks a database few questions. Each fact is of one mailout; what it is about is named by a
key, such as a state or the code of an authority.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    String,
    Uuid,
    cast,
    literal,
    null,
    select,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute, Session

from dispatch.database.metadata import table_of
from dispatch.database.tables import Delivery

Part = Select[*tuple[Any, ...]]
"""A statement for facts of one kind, which `fact` begins."""


class Fact(NamedTuple):
    """One fact; what a kind of fact has no use for is None."""

    key: str
    word: str
    id: UUID | None
    number: int
    second: int
    third: int
    """More numbers that one look at the same rows counts."""
    at: datetime | None


Found = Mapping[tuple[UUID, str], list[Fact]]
"""Facts by their mailout and their kind."""

_Column = ColumnElement[Any] | InstrumentedAttribute[Any]
_MOMENT: Final = table_of(Delivery).c.created_at.type
# Cast, since PostgreSQL takes a bare NULL for text, and then cannot join it with numbers.
NOTHING: Final[Mapping[str, ColumnElement[Any]]] = {
    "key": cast(null(), String()),
    "word": cast(null(), String()),
    "id": cast(null(), Uuid()),
    "number": cast(null(), Integer()),
    "second": cast(null(), Integer()),
    "third": cast(null(), Integer()),
    "at": cast(null(), _MOMENT),
}


def fact(mailout_id: _Column, **columns: _Column) -> Part:
    """Begin the statement for facts of some mailouts, with the columns that they have a use for."""
    chosen = {**NOTHING, **columns}
    return select(mailout_id, *(chosen[name].label(name) for name in NOTHING))


def read(session: Session, parts: Iterable[tuple[str, Part]]) -> Found:
    """Return the facts of each kind, by one statement."""
    named = (part.add_columns(literal(kind).label("kind")) for kind, part in parts)
    found: dict[tuple[UUID, str], list[Fact]] = defaultdict(list)
    for mailout_id, *said, kind in session.execute(union_all(*named)):
        found[mailout_id, kind].append(Fact(*said))
    return found
