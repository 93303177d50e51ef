"""A dump: every row of a database in one file, to be loaded into any other, SQLite or PostgreSQL.

The tables are read from the database and not from `tables`, so that a database of an earlier
revision can be dumped as well.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime, time
from functools import partial
from itertools import chain
from pathlib import Path
from typing import IO, Any, Final
from uuid import UUID

from alembic.runtime.migration import MigrationContext
from sqlalchemy import (
    JSON,
    Boolean,
    Date,
    DateTime,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    Select,
    String,
    Table,
    Time,
    Uuid,
    func,
    insert,
    inspect,
    literal,
    select,
)
from sqlalchemy.exc import (
    DataError,
    DBAPIError,
    IntegrityError,
    InterfaceError,
    ProgrammingError,
    StatementError,
)
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine

from dispatch.database import schema
from dispatch.database.metadata import Base
from dispatch.domain.errors import BadInput, RuleBroken
from dispatch.files import dumps
from dispatch.files.disk import MEBIBYTE
from dispatch.files.dumps import Dump, Header, Row
from dispatch.proof.store import seals


def write(
    session: Session,
    file: IO[bytes],
    *,
    version: str,
    now: datetime,
    sign: Callable[[str], str] | None = None,
) -> Header:
    """Write everything in the database as of this moment, in a session that has read nothing yet.

    Others may go on writing to the database, and wait for nothing. Raises `RuleBroken` if it has no
    tables, or those of a newer dispatch, and as `dumps.write`.
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
    dumps.write(file, chain([header.line()], *lines), sign)
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


def refuse_unless_empty(session: Session) -> None:
    """Raise `RuleBroken` if the database holds anything that would be lost or mixed up."""
    if others := strangers(session):
        raise RuleBroken(
            f"the database has a table that is not ours, {others[0]}: restore into an empty one"
        )
    if found := [name for name in inhabited(session) if name not in BY_ITSELF]:
        raise RuleBroken(
            f"the database is not empty, there are rows in {found[0]}: stop the service, and "
            f"restore into a new one (DISPATCH_DATABASE_URL or DISPATCH_HOME)"
        )


BY_ITSELF: Final = frozenset(
    {"heartbeat", "imprint", "known_key", "ledger_audit", "seal", "timekeeping"}
)
"""Tables in which a service writes that was started with a new database, before anybody does
anything with it: as after the old one was lost, and the machine has started again."""


def load(session: Session, dump: Dump) -> Header:
    """Load a dump into an empty database at the dump's own revision, then upgrade the tables.

    All or nothing, in the caller's transaction. Raises as `Dump.check` and `refuse_unless_empty`,
    and `BadInput` for the tables of a newer dispatch and for rows that our tables cannot hold.
    """
    refuse_unless_empty(session)
    header = dump.header()
    revision = MigrationContext.configure(session.connection()).get_current_revision()
    if revision != header.revision or inhabited(session):
        _make_tables(session, header, dump.path)
    fill(session, dump.rows(), dump.path)
    with _placed(dump.path, "its rows cannot be brought up to date"):
        schema.upgrade(session)
    _read_back(session, dump.path)
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

BATCH_CHARACTERS: Final = 32 * MEBIBYTE
"""Characters of the rows that are written together, but for the last of them."""


def tables(session: Session) -> dict[str, Table]:
    """Return all tables by name, each after those that its foreign keys point at."""
    metadata = MetaData()
    with schema.reflecting():
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


def fill(session: Session, rows: Iterable[Row], path: Path) -> None:
    """Insert the rows of a file; new keys follow the largest.

    Raises `BadInput` that names the lines of the file, for a row that our tables cannot hold.
    """
    found = tables(session)
    connection = session.connection()
    for batch in _batches(rows):
        name = batch[0].table
        at = f"line {batch[0].line}"
        if name not in found:
            raise _unfit(path, f"{at}: our tables have none of the name {name}")
        read = [_read(found[name], row, path) for row in batch]
        if len(batch) > 1:
            at = f"lines {batch[0].line} to {batch[-1].line}"
        with _placed(path, f"{at}: the table {name} cannot hold a row of them"):
            connection.execute(insert(found[name]), read)
    if connection.dialect.name == "postgresql":
        for table in found.values():
            _count_on(session, table)


def _batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """Yield rows of one table together, as many as memory is sure to have room for."""
    batch, size = list[Row](), 0
    for row in rows:
        is_full = len(batch) >= BATCH or size >= BATCH_CHARACTERS
        if batch and (is_full or batch[0].table != row.table):
            yield batch
            batch, size = [], 0
        batch.append(row)
        size += sum(len(each) for each in row.values.values() if isinstance(each, str))
    if batch:
        yield batch


def _read(table: Table, row: Row, path: Path) -> dict[str, object]:
    for name in row.values:
        if name not in table.c:
            raise _unfit(path, f"line {row.line}: the table {table.name} has no column {name}")
    read = {}
    for name, value in row.values.items():
        try:
            read[name] = read_value(table.c[name].type, value)
        except (ValueError, TypeError, AttributeError) as error:
            why = f"line {row.line}: the column {name} of the table {table.name} cannot hold it"
            raise _unfit(path, why) from error
    return read


@contextmanager
def _placed(path: Path, why: str) -> Iterator[None]:
    """Turn what a database or a type says of a value into `BadInput`; its own trouble stays."""
    try:
        yield
    except (IntegrityError, DataError, ProgrammingError, InterfaceError, *UNFIT) as error:
        raise _unfit(path, why) from error
    except DBAPIError:
        raise
    except StatementError as error:
        raise _unfit(path, why) from error


UNFIT: Final = (ValueError, LookupError, TypeError, AttributeError, OverflowError)
"""What Python raises for a value that is not of its type."""


def _unfit(path: Path, why: str) -> BadInput:
    return BadInput(f"{path} cannot be restored: {why}; nothing is restored from it")


def _read_back(session: Session, path: Path) -> None:
    """Read every row once as the service reads it, but for what files hold.

    A database takes a state that there is not, or a plan without a date; every command that met it
    would fail. Raises `BadInput`.
    """
    for table in Base.metadata.sorted_tables:
        columns = [each for each in table.c if not isinstance(each.type, LargeBinary)]
        with _placed(path, f"a row of the table {table.name} is not one of ours"):
            query = select(*columns).execution_options(yield_per=BATCH)
            with closing(session.connection().execute(query)) as found:
                for _ in found:
                    pass


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
    with schema.reflecting():
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
    """Return a value in plain JSON as a column of this type takes it.

    Raises `ValueError`, `TypeError` or `AttributeError` for a value of another type: SQLite would
    take it.
    """
    readers = (reader for types, reader in READERS.items() if isinstance(kind, types))
    reader = None if value is None else next(readers, None)
    return reader(value) if reader else value


def _as_it_is(*kinds: type) -> Callable[[Any], object]:
    def read(value: Any) -> object:  # noqa: ANN401 - of plain JSON
        if type(value) not in kinds:
            raise TypeError(type(value))
        return value

    return read


def _text(value: Any) -> str:  # noqa: ANN401 - of plain JSON
    value.encode()  # half a character cannot be
    return str(value)


def _integer(value: Any) -> int:  # noqa: ANN401 - of plain JSON
    if type(value) is not int or not -LARGEST <= value < LARGEST:
        raise ValueError("not a number of 64 bits")
    return value


LARGEST: Final = 2**63

READERS: Final[Mapping[type[TypeEngine[Any]], Callable[[Any], object]]] = {
    Uuid: UUID,
    LargeBinary: partial(base64.b64decode, validate=True),
    DateTime: datetime.fromisoformat,
    Date: date.fromisoformat,
    Time: time.fromisoformat,
    Boolean: _as_it_is(bool),
    Integer: _integer,
    Numeric: _as_it_is(int, float),
    String: _text,
}
