"""A dump: every row of a database in one file, to be loaded into any other, SQLite or PostgreSQL.

It is gzipped JSON, one value a line: the header; for each table its name and columns, then a line
for each row; at the end the SHA-256 of all lines before. So `zcat` shows it, it is written and read
a row at a time, and damage or a missing end is noticed.

The tables are read from the database and not from `tables`, so that a database of an earlier
revision can be dumped as well.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time
from itertools import chain, groupby, islice
from operator import itemgetter
from pathlib import Path
from typing import IO, Any, Final, Self
from uuid import UUID

from alembic.runtime.migration import MigrationContext
from sqlalchemy import (
    JSON,
    Date,
    DateTime,
    Integer,
    LargeBinary,
    MetaData,
    Select,
    Table,
    Time,
    Uuid,
    func,
    insert,
    inspect,
    literal,
    select,
)
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine

from dispatch.database import schema
from dispatch.database.metadata import Base
from dispatch.domain.errors import BadInput, RuleBroken
from dispatch.proof.store import seals

FORMAT: Final = "dispatch dump 1"

LEVEL: Final = 1
"""Of gzip's nine: PDFs are compressed already, so that more time saves next to nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The first line of a dump."""

    revision: str
    """The migration that its tables had."""
    version: str
    """The version of dispatch that wrote it."""
    taken_at: datetime
    """Everything that was committed before this moment is in it."""
    tables: Mapping[str, int]
    """How many rows each table has, by name, in the order in which they must be filled."""

    @property
    def rows(self) -> int:
        return sum(self.tables.values())

    def line(self) -> dict[str, object]:
        taken_at = self.taken_at.isoformat()
        return {"format": FORMAT} | asdict(self) | {"taken_at": taken_at}

    @classmethod
    def from_line(cls, line: bytes) -> Self:
        values = json.loads(line)
        if values.pop("format") != FORMAT:
            raise ValueError("another format")
        taken_at = datetime.fromisoformat(values.pop("taken_at"))
        return cls(taken_at=taken_at, **values)


def write(session: Session, file: IO[bytes], *, version: str, now: datetime) -> Header:
    """Write everything in the database as of this moment, in a session that has read nothing yet.

    Others may go on writing to the database, and wait for nothing. Raises `RuleBroken` if it has no
    tables, or those of a newer dispatch.
    """
    seals.hold_still(session)
    found = tables(session)
    header = Header(
        revision=_revision(session),
        version=version,
        taken_at=now,
        tables={name: count(session, table) for name, table in found.items()},
    )
    lines = (_lines(session, table, header.tables[name]) for name, table in found.items())
    digest = hashlib.sha256()
    with gzip.GzipFile("", "wb", LEVEL, file, mtime=0) as packed:
        for value in chain([header.line()], *lines):
            line = _line(value)
            digest.update(line)
            packed.write(line)
        packed.write(_line({"sha256": digest.hexdigest()}))
    return header


def _revision(session: Session) -> str:
    match schema.age(session), MigrationContext.configure(session.connection()):
        case schema.Age.NEWER, _:
            raise RuleBroken("the database was made by a newer dispatch: back it up with that one")
        case _, context if revision := context.get_current_revision():
            return revision
        case _:
            raise RuleBroken("the database has no tables: there is nothing to back up")


def _lines(session: Session, table: Table, count: int) -> Iterator[object]:
    yield {"table": table.name, "columns": [column.name for column in table.c]}
    left = count
    for row in rows(session, table):
        left -= 1
        yield row
    if left:
        raise RuleBroken(f"rows of {table.name} replace each other: no backup can have them")


def _line(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode() + b"\n"


@dataclass(frozen=True, slots=True)
class Dump:
    """A file that holds a dump."""

    path: Path

    def header(self) -> Header:
        """Return its header. Raises `BadInput` if the file is not a dump."""
        with self._explained(), gzip.open(self.path) as file:
            return Header.from_line(file.readline())

    def check(self) -> Header:
        """Read it to its end. Raises `BadInput` if it is not a dump, damaged or cut off."""
        for _ in self.rows():
            pass
        return self.header()

    def rows(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield each row with the name of its table. Raises as `check`."""
        with self._explained(), gzip.open(self.path) as file:
            line = file.readline()
            expected = Header.from_line(line).tables
            digest = hashlib.sha256(line)
            counts = dict.fromkeys(expected, 0)
            name, columns = "", list[str]()
            for line in file:
                value = json.loads(line)
                if isinstance(value, list):
                    counts[name] += 1
                    yield name, dict(zip(columns, value, strict=True))
                elif "sha256" in value:
                    break
                else:
                    name, columns = value["table"], value["columns"]
                digest.update(line)
            else:
                raise EOFError
            if value != {"sha256": digest.hexdigest()} or counts != expected or file.read(1):
                raise ValueError("its end does not match its lines")

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except PermissionError as error:
            raise BadInput(f"{self.path} cannot be read: {error.strerror}") from error
        except (OSError, EOFError, zlib.error, ValueError, LookupError, TypeError) as error:
            raise BadInput(
                f"{self.path} is not a backup, or is damaged or cut off: nothing is restored from "
                f"it; use another one"
            ) from error


def refuse_unless_empty(session: Session) -> None:
    """Raise `RuleBroken` if the database holds anything that would be lost or mixed up."""
    if others := strangers(session):
        raise RuleBroken(
            f"the database has a table that is not ours, {others[0]}: restore into an empty one"
        )
    if found := inhabited(session):
        raise RuleBroken(
            f"the database is not empty, there are rows in {found[0]}: stop the service, and "
            f"restore into a new one (DISPATCH_DATABASE_URL or DISPATCH_HOME)"
        )


def load(session: Session, dump: Dump) -> Header:
    """Load a dump into an empty database at the dump's own revision, then upgrade the tables.

    All or nothing, in the caller's transaction. Raises as `Dump.check` and `refuse_unless_empty`,
    and `BadInput` for the tables of a newer dispatch.
    """
    refuse_unless_empty(session)
    header = dump.header()
    if MigrationContext.configure(session.connection()).get_current_revision() != header.revision:
        _make_tables(session, header, dump.path)
    fill(session, dump.rows())
    schema.upgrade(session)
    return header


def _make_tables(session: Session, header: Header, path: Path) -> None:
    match schema.age_of(session, header.revision):
        case schema.Age.NEWER:
            raise BadInput(
                f"{path} was made by a newer dispatch ({header.version}): restore it with that one"
            )
        case schema.Age.TOO_OLD:
            raise BadInput(f"{path} {schema.too_old(session)}")
    drop(session)
    schema.upgrade(session, header.revision)


VERSION_TABLE: Final = "alembic_version"

BATCH: Final = 100
"""Rows in memory at once: some 20 MB, where each is a letter's PDF."""

Row = Mapping[str, object]


def tables(session: Session) -> dict[str, Table]:
    """Return all tables by name, each after those that its foreign keys point at."""
    metadata = MetaData()
    metadata.reflect(session.connection())
    found = {table.name: table for table in metadata.sorted_tables if table.name != VERSION_TABLE}
    for column in (column for table in found.values() for column in table.c):
        if isinstance(column.type, JSON):
            # In a column that is NOT NULL, None is the null of JSON.
            column.type = type(column.type)(none_as_null=bool(column.nullable))
    return found


def count(session: Session, table: Table) -> int:
    """Return how many rows a table has."""
    return session.execute(select(func.count()).select_from(table)).scalar_one()


def rows(session: Session, table: Table) -> Iterator[list[object]]:
    """Yield the rows of a table in plain JSON, each after the one that it replaces."""
    found = session.connection().execute(_in_order(table), execution_options={"yield_per": BATCH})
    for row in found:
        yield [spelled(value) for value in row]


def _in_order(table: Table) -> Select[*tuple[Any, ...]]:
    """Select each row after the one that it replaces: the foreign key is checked row by row."""
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
    """Insert rows in plain JSON, each with its table's name; new keys follow the largest."""
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
    return {name: read_value(table.c[name].type, value) for name, value in row.items()}


def _count_on(session: Session, table: Table) -> None:
    """Let the sequence of a table's key, if it has one, continue after its last row."""
    for key in table.primary_key.columns:
        if isinstance(key.type, Integer):
            sequence = func.pg_get_serial_sequence(table.name, key.name)
            last = select(func.max(key)).scalar_subquery()
            session.execute(
                select(func.setval(sequence, last))
            )  # without a sequence or a row this does nothing


def strangers(session: Session) -> list[str]:
    """Return the names of tables that are not ours."""
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
    """Drop every table, with the one that says which revision they have."""
    metadata = MetaData()
    metadata.reflect(session.connection())
    metadata.drop_all(session.connection())


def spelled(value: object) -> object:
    """Return a value from a database in plain JSON: the same from SQLite and PostgreSQL.

    Moments are in UTC.
    """
    match value:
        case bytes() | memoryview():
            return base64.b64encode(value).decode()
        case UUID():
            return value.hex
        case datetime():
            aware = value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
            return aware.isoformat()
        case date() | time():
            return value.isoformat()
        case _:
            return value


def read_value(kind: TypeEngine[Any], value: Any) -> object:  # noqa: ANN401 - of plain JSON
    """Return a value in plain JSON as a column of this type takes it."""
    readers = (reader for types, reader in READERS.items() if isinstance(kind, types))
    reader = None if value is None else next(readers, None)
    return reader(value) if reader else value


READERS: Final[Mapping[type[TypeEngine[Any]], Callable[[str], object]]] = {
    Uuid: UUID,
    LargeBinary: base64.b64decode,
    DateTime: datetime.fromisoformat,
    Date: date.fromisoformat,
    Time: time.fromisoformat,
}
