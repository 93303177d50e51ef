"""Find values that no column of ours holds, and read all other rows as if they were not there.

SQLite takes any value into any column: text for bytes, a number for a moment, octets that are not
UTF-8. Both databases take any JSON, any word for a state and any moment. Each value is judged here
as it is stored, by the type of its column, so that nobody else need expect what cannot be.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, partial
from math import isfinite
from typing import Any, Final, get_args, get_type_hints

from pydantic import TypeAdapter
from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    Dialect,
    Enum,
    Float,
    Integer,
    LargeBinary,
    Table,
    Time,
    TypeDecorator,
    Uuid,
)
from sqlalchemy.orm import Session

from dispatch.database import tables
from dispatch.database.metadata import Base, table_of
from dispatch.database.types import AwareDateTime, Frozen
from dispatch.domain.digest import canonical_json

LARGEST: Final = 2**53
"""RFC 8785 spells no integer from here on: other programs would round it."""

HEX_ID: Final = re.compile("[0-9a-f]{32}")

MANY: Final = 1000
"""Rows at once, and the most that are named in a statement one by one."""

Judge = Callable[[object], object]
"""Takes a value as it is stored; raises for one that the column never holds."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A value that cannot be read, by its table, row and column."""

    table: str
    row: int | str
    """How the database itself names the row."""
    key: object
    """The row's key, as it is stored."""
    column: str
    is_word: bool
    """Whether it is a text in place of one of some words: most readers can make do with that."""


class _NotText(bytes):
    """Octets in a column of text that are not UTF-8."""

    __slots__ = ()


def find(session: Session) -> Iterator[Unreadable]:
    """Yield each value that cannot be read, table by table."""
    models = (getattr(tables, name) for name in tables.__all__)
    for model in models:
        if model is not Base:
            yield from _of(session, model)


def _of(session: Session, model: type[Base]) -> Iterator[Unreadable]:
    table, dialect = table_of(model), session.get_bind().dialect
    judges = [_judge(model, column.name, dialect) for column in table.c]
    key = next(number for number, column in enumerate(table.c) if column.primary_key)
    for row, *values in _stored(session, table):
        for column, judge, value in zip(table.c, judges, values, strict=True):
            if not _is_good(column, judge, value):
                is_word = isinstance(column.type, Enum) and isinstance(value, str)
                yield Unreadable(table.name, row, values[key], column.name, is_word)


def _is_good(column: Column[Any], judge: Judge, value: object) -> bool:
    if value is None:
        return bool(column.nullable)
    try:
        judge(value)
    except Exception:  # noqa: BLE001 - whatever a reader raises, it could not read this
        return False
    return True


def _stored(session: Session, table: Table) -> Iterator[Sequence[Any]]:
    """Yield all rows as they are stored, each after its name; of bytes only whether they are."""
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    spelled = _in_sqlite if is_sqlite else _in_postgresql
    row = "rowid" if is_sqlite else "ctid::text"
    columns = ", ".join(spelled(column) for column in table.c)
    connection = session.connection().connection.dbapi_connection
    assert connection  # noqa: S101 - for the type checker: it is open
    if is_sqlite:
        was, connection.text_factory = connection.text_factory, _text
    try:
        cursor = connection.cursor()
        cursor.execute(f'SELECT {row}, {columns} FROM "{table.name}"')  # noqa: S608 # nosec B608 - ours
        while rows := cursor.fetchmany(MANY):
            yield from rows
        cursor.close()
    finally:
        if is_sqlite:
            connection.text_factory = was


def _text(octets: bytes) -> str | _NotText:
    try:
        return octets.decode()
    except UnicodeDecodeError:
        return _NotText(octets)


def _in_sqlite(column: Column[Any]) -> str:
    is_bytes = isinstance(column.type, LargeBinary)
    return f"typeof(\"{column.name}\") = 'blob'" if is_bytes else f'"{column.name}"'


def _in_postgresql(column: Column[Any]) -> str:
    match column.type:
        case LargeBinary():
            return f'"{column.name}" IS NOT NULL'
        case JSON() | TypeDecorator() | Date() | Time() | Uuid():
            return f'"{column.name}"::text'
        case _:
            return f'"{column.name}"'


@cache
def _judge(model: type[Base], name: str, dialect: Dialect) -> Judge:
    """Return what judges the values of a column."""
    column = table_of(model).c[name]
    match column.type:
        case Enum() as words:
            return partial(_word, frozenset(words.enums))
        case AwareDateTime() | Date() | Time() as type_:
            return _moment(type_, dialect)
        case JSON() | Frozen():
            return _json(model, column)
        case other:
            return next((judge for type_, judge in _JUDGES if isinstance(other, type_)), _string)


def _true(value: object) -> None:
    if not value:
        raise ValueError


def _boolean(value: object) -> None:
    if value not in {0, 1} or isinstance(value, float):
        raise ValueError


def _integer(value: object) -> None:
    if not isinstance(value, int) or abs(value) >= LARGEST:
        raise ValueError


def _number(value: object) -> None:
    if not isinstance(value, int | float) or not isfinite(value):
        raise ValueError


def _string(value: object) -> None:
    if not isinstance(value, str):
        raise TypeError


def _id(value: object) -> None:
    if not isinstance(value, str) or not HEX_ID.fullmatch(value.replace("-", "")):
        raise ValueError


def _word(words: frozenset[str], value: object) -> None:
    if value not in words:
        raise ValueError


_JUDGES: Final[Sequence[tuple[type, Judge]]] = (
    (LargeBinary, _true),
    (Boolean, _boolean),
    (Integer, _integer),
    (Float, _number),
    (Uuid, _id),
)


def _moment(type_: AwareDateTime | Date | Time, dialect: Dialect) -> Judge:
    read = (
        type_.dialect_impl(dialect).result_processor(dialect, None)
        if dialect.name == "sqlite"
        else None
    )
    by_text = datetime.fromisoformat if isinstance(type_, AwareDateTime) else None

    def judge(value: object) -> None:
        _string(value)
        found = read(value) if read else by_text(str(value)) if by_text else value
        # One that arithmetic or another zone would carry out of the calendar is none either.
        if isinstance(found, date) and not date.min.year < found.year < date.max.year:
            raise ValueError

    return judge


def _json(model: type[Base], column: Column[Any]) -> Judge:
    if isinstance(column.type, Frozen):
        adapter: TypeAdapter[Any] = TypeAdapter(column.type.kind)
    else:
        adapter = TypeAdapter(_hint(model, column.name))

    def judge(value: object) -> None:
        _string(value)
        found = json.loads(str(value))
        canonical_json(found)
        adapter.validate_python(found, strict=False)

    return judge


def _hint(model: type[Base], name: str) -> Any:  # noqa: ANN401 - as `typing` has it
    """Return the type that a column of JSON is declared to hold."""
    hints = get_type_hints(model)
    return get_args(hints[model.__mapper__.get_property_by_column(table_of(model).c[name]).key])[0]


@contextmanager
def left_out(session: Session, found: Iterable[Unreadable]) -> Iterator[None]:
    """Let statements of this transaction find something harmless in place of these values.

    A view of the session's own has the name of each table that they are in. What takes the place
    of a value is not what was written, so the record is told as changed where it is sealed. A row
    whose key cannot be read is left out.
    """
    by_table: dict[str, list[Unreadable]] = defaultdict(list)
    for each in found:
        by_table[each.table].append(each)
    connection, made = session.connection(), list(by_table)
    try:
        for name, values in by_table.items():
            connection.exec_driver_sql(_view(Base.metadata.tables[name], values, session))
        yield
    finally:
        if session.is_active:
            for name in made:
                connection.exec_driver_sql(f'DROP VIEW IF EXISTS "{name}"')


def _view(table: Table, found: Iterable[Unreadable], session: Session) -> str:
    dialect = session.get_bind().dialect
    is_sqlite = dialect.name == "sqlite"
    rows: dict[str, list[str]] = defaultdict(list)
    for each in found:
        rows[each.column].append(str(each.row) if is_sqlite else f"'{each.row}'")
    columns, conditions = [], []
    for column in table.c:
        name = f'"{column.name}"'
        if column.name not in rows:
            columns.append(name)
            continue
        row = "rowid" if is_sqlite else "ctid::text"
        is_it = f"{row} IN ({', '.join(rows[column.name])})"
        if column.primary_key:
            columns.append(name)
            conditions.append(f"NOT {is_it}")
        else:
            other = _instead(column, dialect)
            columns.append(f"CASE WHEN {is_it} THEN {other} ELSE {name} END AS {name}")
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    schema = "main" if is_sqlite else session.connection().dialect.default_schema_name
    return (
        f'CREATE TEMP VIEW "{table.name}" AS SELECT {", ".join(columns)} '  # noqa: S608 # nosec B608 - ours
        f'FROM {schema}."{table.name}"{where}'
    )


def _instead(column: Column[Any], dialect: Dialect) -> str:
    """Return something that the column may hold, as SQL."""
    literal = _literal(column)
    if dialect.name == "sqlite":
        return f"x{literal}" if isinstance(column.type, LargeBinary) else literal
    if literal == "NULL":
        return literal
    return f"CAST({literal} AS {column.type.compile(dialect)})"


def _literal(column: Column[Any]) -> str:
    match column.type:
        case type_ if column.nullable or isinstance(type_, Frozen):
            return "NULL"
        case Enum() as words:
            return f"'{words.enums[0]}'"
        case JSON() if column.name in _LISTS:
            return "'[]'"
        case type_:
            return next((sql for kind, sql in _LITERALS if isinstance(type_, kind)), "''")


_LITERALS: Final[Sequence[tuple[type, str]]] = (
    (Boolean, "0"),
    (Integer, "0"),
    (Float, "0"),
    (Uuid, f"'{'0' * 32}'"),
    (AwareDateTime, "'1970-01-01 00:00:00.000000'"),
    (Date, "'1970-01-01'"),
    (Time, "'00:00:00.000000'"),
    (JSON, "'{}'"),
)

_LISTS: Final = frozenset({"edge", "hosts", "successors", "synthetic"})
"""The columns of JSON that hold a list."""
