"""A digest over every row that the letters of a mailout are made from, and that they consist of.

What takes long to work out from these rows is worked out in a transaction that only reads, and in
the one that writes it is enough to see that the digest is the same: on SQLite nobody else can write
meanwhile.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Final

from sqlalchemy import JSON, ColumnElement, Select, String, Table, cast, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from dispatch.database.metadata import Base, table_of
from dispatch.database.tables import (
    AuthorityRow,
    ContactRow,
    FiguresRow,
    Letter,
    Mailout,
    Suppression,
)


def digest(session: Session, mailout: Mailout) -> str:
    """Return the digest, without making an object of any row."""
    made = hashlib.sha256()
    for query in _queries(mailout):
        for row in session.execute(query):
            made.update(repr(tuple(row)).encode())
    return made.hexdigest()


def _queries(mailout: Mailout) -> Iterator[Select[*tuple[object, ...]]]:
    plan = mailout.plan
    yield _rows(Mailout, Mailout.id == mailout.id)
    yield _rows(Letter, Letter.mailout_id == mailout.id)
    yield _rows(AuthorityRow)
    yield _rows(ContactRow, ContactRow.valid_until.is_(None))
    yield _rows(FiguresRow, FiguresRow.year.in_(plan.periods), FiguresRow.is_current)
    yield _rows(Suppression, Suppression.lifted_at.is_(None))


def _rows(
    model: type[Base], *conditions: ColumnElement[bool] | InstrumentedAttribute[bool]
) -> Select[*tuple[object, ...]]:
    table = table_of(model)
    return select(*_columns(table)).where(*conditions).order_by(*table.primary_key)


def _columns(table: Table) -> Iterator[ColumnElement[object]]:
    """Yield the columns as they are stored: JSON as its text, which takes no time to read."""
    for column in table.c:
        if table.name == Letter.__tablename__ and column.name in BESIDE:
            continue
        yield cast(column, String) if isinstance(_stored(column), JSON) else column


BESIDE: Final = frozenset({"group_name", "plainness", "oddities", "branches"})
"""Columns of letters that say which to look at first: nothing is made from them."""


def _stored(column: ColumnElement[object]) -> object:
    return getattr(column.type, "impl_instance", column.type)
