"""Our own SQL constructs: upserts and bulk inserts, lists of any length, ids by their first digits.

Each is spelled for both databases, PostgreSQL and SQLite.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cache, lru_cache
from operator import attrgetter
from typing import Any, Final, TypeVar
from uuid import UUID, uuid4

import orjson
from sqlalchemy import (
    JSON,
    Column,
    ColumnClause,
    ColumnElement,
    CursorResult,
    Dialect,
    Insert,
    LargeBinary,
    Row,
    Select,
    String,
    Subquery,
    Table,
    and_,
    any_,
    bindparam,
    cast,
    func,
    literal,
    literal_column,
    select,
    tuple_,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.sql.selectable import LateralFromClause
from sqlalchemy.types import TypeEngine

from dispatch.batches import batches
from dispatch.database.metadata import Base
from dispatch.domain.errors import NotFound, RuleBroken

E = TypeVar("E", bound=Enum)


def insert_into(session: Session, table: type[Base] | Table) -> postgresql.Insert | sqlite.Insert:
    """Return an INSERT that knows ON CONFLICT, for the session's database."""
    return insert_for(session.get_bind().dialect.name, table)


def insert_for(dialect: str, table: type[Base] | Table) -> postgresql.Insert | sqlite.Insert:
    """Return an INSERT that knows ON CONFLICT, for a database of this dialect."""
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)


@cache
def insert_many(dialect: str, table: Table) -> postgresql.Insert | sqlite.Insert:
    """Return an INSERT of many rows, whose parameters `many` makes.

    Each row needs a value for every column but a key that the database counts up.
    """
    insert = insert_for(dialect, table)
    if dialect != "postgresql":
        return insert
    # All rows as one JSON parameter: binding each value by itself takes three times as long, in
    # this process and in the server.
    names = [column.name for column in _columns(table)]
    row_type: ColumnClause[Any] = literal_column(f"NULL::{table.name}")
    rows = cast(bindparam("rows", type_=String), JSON)
    return insert.from_select(
        names, select(func.json_populate_recordset(row_type, rows).table_valued(*names))
    )


def many(dialect: str, rows: Sequence[Mapping[str, Any]]) -> Any:  # noqa: ANN401 - as SQLAlchemy has it
    """Return rows as the parameters of `insert_many`."""
    return {"rows": orjson.dumps(rows, default=str).decode()} if dialect == "postgresql" else rows


@dataclass(frozen=True, slots=True)
class Prepared:
    """Rows as the database takes them, for a statement that is run later.

    To make them takes most of the time of an INSERT. SQLite has one lock for all who write, so of
    many rows that is done before a transaction begins.
    """

    insert: Insert
    parameters: tuple[Any, ...]
    """Of one call each."""


def prepare(session: Session, insert: Insert, rows: Iterable[Mapping[str, Any]]) -> Prepared:
    """Return rows for `insert_prepared`; `insert` is that of `insert_many`, and may say more.

    Each needs a value for every column but a key that the database counts up.
    """
    dialect = session.get_bind().dialect
    if dialect.name == "postgresql":
        return Prepared(insert, tuple(many(dialect.name, some) for some in batches(rows, AT_ONCE)))
    kinds = {each.name: each.type.dialect_impl(dialect) for each in _columns(insert.table)}
    spelled = {name: kind.bind_processor(dialect) or _as_it_is for name, kind in kinds.items()}
    values = [
        tuple([spell(row.get(name)) for name, spell in spelled.items()])  # a list is quicker
        for row in rows
    ]
    return Prepared(insert, (values,) if values else ())


def new_ids(count: int) -> list[UUID]:
    """Return ids of new rows, in order.

    Each page of their index is then written once. In no order SQLite, which holds few of them in
    memory, writes and reads the same pages again and again.
    """
    return sorted(uuid4() for _ in range(count))


def _columns(table: Any) -> list[Column[Any]]:  # noqa: ANN401 - as SQLAlchemy has it
    """Return the columns that a new row has, without a key that the database counts up."""
    return [column for column in table.c if column is not table.autoincrement_column]


def _as_it_is(value: Any) -> Any:  # noqa: ANN401 - any value of a column
    return value


def insert_prepared(session: Session, rows: Prepared) -> None:
    """Insert rows that were prepared."""
    dialect = session.get_bind().dialect
    for each in rows.parameters:
        if dialect.name == "postgresql":
            session.execute(rows.insert, each)
        else:
            session.connection().exec_driver_sql(_text(rows.insert, dialect), each)


@lru_cache(maxsize=32)
def _text(insert: Insert, dialect: Dialect) -> str:
    """Return an INSERT as text, with all columns: to make it takes as long as some rows do."""
    names = [column.name for column in _columns(insert.table)]
    return str(insert.compile(dialect=dialect, column_keys=names))


def in_pages(
    session: Session, query: Select[*tuple[Any, ...]], key: Column[Any], count: int
) -> Iterator[Sequence[Row[*tuple[Any, ...]]]]:
    """Yield the rows of a query, whose first column is the key, some at a time."""
    page = query.order_by(key).limit(count)
    rows = session.execute(page).all()
    while rows:
        yield rows
        rows = session.execute(page.where(key > rows[-1][0])).all()


AT_ONCE: Final = 1_000
"""Rows that go into one call of the database."""


def listed(dialect: str, name: str, *types: TypeEngine[Any]) -> Select[*tuple[Any, ...]]:
    """Return the rows in the parameter `name`, which `as_list` makes, for use after IN.

    The list is one JSON parameter, however long it is. `IN` with a parameter for each value is
    another statement for each length: SQLAlchemy compiles it, psycopg converts it and PostgreSQL
    plans it again each time, which takes longer than running it.
    """
    given = bindparam(name, type_=String)
    if dialect == "postgresql":
        row = func.json_array_elements(cast(given, JSON)).column_valued()
        return select(*(cast(row.op("->>")(place), type_) for place, type_ in enumerate(types)))
    value = func.json_each(given).table_valued("value").c.value
    return select(*(func.json_extract(value, f"$[{place}]") for place, _ in enumerate(types)))


def one_by_one(asked: Subquery, found: Select[Any], name: str) -> LateralFromClause:
    """Return what is found for each row of a list, by the index of what it is compared with.

    PostgreSQL does not know how short such a list is, and might read a whole table for it. OFFSET
    leaves it no other way.
    """
    return found.offset(literal_column("0")).correlate(asked).lateral(name)


def as_list(rows: Iterable[Sequence[Any]]) -> str:
    """Return rows of strings, numbers and UUIDs as the parameter of `listed`."""
    return json.dumps(list(rows), default=attrgetter("hex"))


AUTHORITY_SAID: Final = {
    # Somebody else may have written a detail that is not JSON, which SQLite would stop at.
    "sqlite": "CASE WHEN json_valid(detail) THEN json_extract(detail, '$.authority') END",
    "postgresql": "detail ->> 'authority'",
}


def authority_said(dialect: str) -> str:
    """Return the expression for the authority that the detail of an event names.

    Its index, `ix_event_authority`, is only in the migration: SQLAlchemy cannot compare indexes
    over expressions. A column beside the detail could be changed without anybody noticing, and
    would hide the event; this cannot.
    """
    return AUTHORITY_SAID[dialect]


PDF_SAID: Final = {
    "sqlite": "CASE WHEN json_valid(parts) THEN json_extract(parts, '$.pdf') END",
    "postgresql": "parts ->> 'pdf'",
}


def pdf_said(dialect: str) -> ColumnElement[str | None]:
    """Return the expression for the SHA-256 of a letter's PDF.

    Its index, `ix_letter_pdf`, is only in the migration, as that of `authority_said`.
    """
    return literal_column(PDF_SAID[dialect], String)


def follows(key: Sequence[ColumnElement[Any]], row: Row[Any]) -> ColumnElement[bool]:
    """Return the condition that a row comes after the one whose key is `row`, in that order.

    The next page of a list begins there, however far into it: OFFSET reads all that it leaves out.
    """
    first, *_ = key
    given = [literal(value, column.type) for value, column in zip(row, key, strict=True)]
    # The first condition follows from the second; without it no index would help.
    return and_(first >= given[0], tuple_(*key) > tuple_(*given))


def starts_with(
    dialect: str, column: InstrumentedAttribute[str], beginning: str
) -> ColumnElement[bool]:
    """Return the condition that a text begins like that.

    SQLite compares without letter case in LIKE, so that no index serves it, but a range.
    """
    if dialect == "sqlite":
        beyond = beginning[:-1] + chr(ord(beginning[-1]) + 1)
        return and_(column >= beginning, column < beyond)
    return column.startswith(beginning, autoescape=True)


def is_not_ascii(dialect: str, column: InstrumentedAttribute[str]) -> ColumnElement[bool]:
    """Return the condition that a text has a character outside ASCII."""
    is_postgresql = dialect == "postgresql"
    octets = func.octet_length(column) if is_postgresql else func.length(cast(column, LargeBinary))
    return octets != func.length(column)


def is_in(column: InstrumentedAttribute[E] | ColumnElement[E], *states: E) -> ColumnElement[bool]:
    """Return the condition that a column has one of these values, for an index over such rows.

    It is spelled as in the index, with the values in it and not as parameters: neither database
    uses an index over some rows unless it can tell that the query asks for no others.
    """
    values: list[ColumnClause[E]] = [
        literal_column(f"'{value}'") for value in sorted(each.value for each in states)
    ]
    return column.in_(values) if len(values) > 1 else column == values[0]


def is_of(
    column: InstrumentedAttribute[UUID] | ColumnElement[UUID], ids: Sequence[UUID]
) -> ColumnElement[bool]:
    """Return the condition that an id is one of these; one is asked for as indexes serve best."""
    return column == ids[0] if len(ids) == 1 else column.in_(ids)


def is_any(dialect: str, column: ColumnElement[Any], asked: Select[Any]) -> ColumnElement[bool]:
    """Return the condition that a column has one of the values that a query finds, once for all.

    After IN, PostgreSQL makes a join of it, and may begin there and sort the rest.
    """
    if dialect == "postgresql":
        return column == any_(func.array(asked.scalar_subquery()))
    return column.in_(asked)


def unindexed(column: InstrumentedAttribute[UUID]) -> ColumnElement[UUID]:
    """Return a column in a form that no index serves.

    For a join that must begin at the other table, which has far fewer rows that count: without
    statistics, SQLite would begin here.
    """
    return func.coalesce(column, column)


def run_as_spelled(
    session: Session, statement: Select[*tuple[Any, ...]], values: Mapping[str, Any]
) -> CursorResult[*tuple[Any, ...]]:
    """Run a statement that is made once, by the text that SQLAlchemy makes of it, on PostgreSQL.

    Each time it runs a statement, SQLAlchemy compares all its parts with those that it knows. Of a
    large one that takes longer than to run it. Values go to the driver as they are, and so are
    those that come back.
    """
    text, constants = _spelled(statement, session.get_bind().dialect)
    return session.connection().exec_driver_sql(text, {**constants, **values})


@lru_cache(maxsize=32)
def _spelled(statement: Select[*tuple[Any, ...]], dialect: Dialect) -> tuple[str, dict[str, Any]]:
    """Return the text of a statement, and the constants in it by their names."""
    made = statement.compile(dialect=dialect)
    constants = {
        name: value.value if isinstance(value, Enum) else value
        for name, value in made.params.items()
        if value is not None
    }
    return str(made), constants


HEX: Final = re.compile(r"[0-9a-f]{1,32}")


def id_starting_with(
    session: Session, ids: InstrumentedAttribute[UUID], beginning: str, *, what: str, see: str
) -> UUID:
    """Return the one id in a column that starts with `beginning`.

    Case, dashes and surrounding spaces do not matter. `what` is the word for what has these ids
    and `see` says where they are shown, for the messages. Raises `NotFound` if no id starts like
    that, `RuleBroken` if more than one does.
    """
    digits = beginning.strip().lower().replace("-", "")
    if not HEX.fullmatch(digits):
        raise NotFound(f"{beginning!r} is not the id of a {what}; see {see}")
    # A range and not LIKE, which PostgreSQL does not have for UUIDs; it uses the primary key.
    least, most = UUID(digits.ljust(32, "0")), UUID(digits.ljust(32, "f"))
    match session.scalars(select(ids).where(ids.between(least, most)).limit(2)).all():
        case [found]:
            return found
        case []:
            raise NotFound(f"no {what} has an id that begins with {beginning}; see {see}")
        case _:
            raise RuleBroken(
                f"more than one {what} has an id that begins with {beginning}: give more of it"
            )
