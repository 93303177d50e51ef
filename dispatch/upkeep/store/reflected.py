"""The tables of a database as they are there, whatever its revision, and their rows in plain JSON.

They are read from the database and not from `models`, so that an older one can be copied as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby, islice
from operator import itemgetter
from typing import Any, Final

from sqlalchemy import (
    JSON,
    Integer,
    MetaData,
    Select,
    Table,
    func,
    insert,
    inspect,
    literal,
    select,
)
from sqlalchemy.orm import Session

from dispatch.database.metadata import Base
from dispatch.upkeep.store import spelling

VERSION_TABLE: Final = "alembic_version"

BATCH: Final = 100
"""Rows in memory at once: some 20 MB, where each is a letter's PDF."""

Row = Mapping[str, object]


def tables(session: Session) -> dict[str, Table]:
    """Return all tables by name, each after those that it points at."""
    metadata = MetaData()
    metadata.reflect(session.connection())
    found = {table.name: table for table in metadata.sorted_tables if table.name != VERSION_TABLE}
    for column in (column for table in found.values() for column in table.c):
        if isinstance(column.type, JSON):
            # Where a column cannot be empty, None is the null of JSON.
            column.type = type(column.type)(none_as_null=bool(column.nullable))
    return found


def count(session: Session, table: Table) -> int:
    """Return how many rows a table has."""
    return session.execute(select(func.count()).select_from(table)).scalar_one()


def rows(session: Session, table: Table) -> Iterator[list[object]]:
    """Yield the rows of a table in plain JSON, each after the one that it replaces."""
    found = session.connection().execute(_in_order(table), execution_options={"yield_per": BATCH})
    for row in found:
        yield [spelling.spelled(value) for value in row]


def _in_order(table: Table) -> Select[*tuple[Any, ...]]:
    """Let a row that replaces another follow it: the key between them is checked at once."""
    keys = table.primary_key.columns
    own = next((key.parent for key in table.foreign_keys if key.column.table is table), None)
    if own is None:
        return select(table).order_by(*keys)
    [key] = keys
    first = select(key.label("key"), literal(0).label("depth")).where(own.is_(None))
    chain = first.cte("chain", recursive=True)
    chain = chain.union_all(select(key, chain.c.depth + 1).join(chain, own == chain.c.key))
    return select(table).join(chain, key == chain.c.key).order_by(chain.c.depth, key)


def fill(session: Session, values: Iterable[tuple[str, Row]]) -> None:
    """Insert rows in plain JSON, each with its table's name, and let keys count on from there."""
    found = tables(session)
    connection = session.connection()
    for name, group in groupby(values, itemgetter(0)):
        table = found[name]
        while batch := [_read(table, row) for _, row in islice(group, BATCH)]:
            connection.execute(insert(table), batch)
    if connection.dialect.name == "postgresql":
        for table in found.values():
            _count_on(session, table)


def _read(table: Table, row: Row) -> dict[str, object]:
    return {name: spelling.read(table.c[name].type, value) for name, value in row.items()}


def _count_on(session: Session, table: Table) -> None:
    """Let the sequence of a table's key, if it has one, go on after its last row."""
    for key in table.primary_key.columns:
        if isinstance(key.type, Integer):
            sequence = func.pg_get_serial_sequence(table.name, key.name)
            last = select(func.max(key)).scalar_subquery()
            session.execute(select(func.setval(sequence, last)))  # none, or no row: nothing happens


def strangers(session: Session) -> list[str]:
    """Return the names of tables that are none of ours."""
    return [name for name in _names(session) if name not in Base.metadata.tables]


def inhabited(session: Session) -> list[str]:
    """Return the names of the tables that have rows."""
    found = (
        (name, select(literal(1)).select_from(Table(name, MetaData()))) for name in _names(session)
    )
    return [name for name, query in found if session.execute(query.limit(1)).first()]


def _names(session: Session) -> list[str]:
    found = inspect(session.connection()).get_table_names()
    return sorted(name for name in found if name != VERSION_TABLE)


def drop(session: Session) -> None:
    """Drop every table, as well as what says which revision they are of."""
    metadata = MetaData()
    metadata.reflect(session.connection())
    metadata.drop_all(session.connection())
