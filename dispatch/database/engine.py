"""Opening the database, with the settings that the promises about sending rest on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, LiteralString

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection, ExecutionContext
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry

if TYPE_CHECKING:
    from psycopg import Cursor
    from psycopg.abc import Params

READS_ONLY = "dispatch_reads_only"
AS_BYTES = "dispatch_as_bytes"
"""The option of a statement whose results are large bytes."""

BUSY_TIMEOUT_SECONDS = 15


@dataclass(frozen=True, slots=True)
class Sessions:
    """What opens transactions: `with sessions.begin() as session:`."""

    writing: sessionmaker[Session]
    reading: sessionmaker[Session]

    def begin(self) -> AbstractContextManager[Session]:
        """Open a transaction that commits at the end of the block, or rolls back on an error."""
        return self.writing.begin()

    def read(self) -> AbstractContextManager[Session]:
        """Open a transaction that only reads, and so waits for no writer."""
        return self.reading.begin()

    @contextmanager
    def held(self) -> Iterator[Sessions]:
        """Lend what opens transactions on one connection, kept until the end of the block.

        For one thread that commits often: taking a connection from the pool asks each time
        whether it still works. One that was lost is replaced at the next transaction.
        """
        with self._engine.connect() as connection:
            yield Sessions(sessionmaker(connection), self.reading)

    def compact(self) -> bool:
        """Write a SQLite database anew, so that no page holds any more what was taken away.

        False if its write-ahead log still does, since others read it at this moment.

        Nothing for PostgreSQL, which would lock whole tables: that is its operator's to decide.
        """
        if self._engine.dialect.name != "sqlite":
            return True
        with (
            closing(self._engine.raw_connection()) as connection,
            closing(connection.cursor()) as cursor,
        ):
            cursor.execute("VACUUM")
            [is_busy, *_] = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not is_busy

    def dispose(self) -> None:
        """Close every pooled connection, as a process must that is about to fork or end."""
        self._engine.dispose()

    @property
    def _engine(self) -> Engine:
        bind = self.writing.kw["bind"]
        assert isinstance(bind, Engine)  # noqa: S101 - for the type checker: `connect` made it
        return bind


def connect(url: str) -> Sessions:
    """Return the means to open transactions on the database at `url`."""
    # No parameters in error messages: they hold names and addresses, and errors are logged.
    engine = create_engine(url, pool_pre_ping=not url.startswith("sqlite"), hide_parameters=True)
    if engine.dialect.name == "postgresql":
        event.listen(engine, "connect", _tune_postgresql)
        event.listen(engine, "do_execute", _ask_for_bytes)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _tune_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return Sessions(
        sessionmaker(engine),
        sessionmaker(
            engine.execution_options(**{READS_ONLY: True}),
            expire_on_commit=False,  # what was read stays readable
        ),
    )


def _tune_postgresql(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    """Commit to the disk, whatever the server's default: `offered` must survive a crash."""
    cursor = connection.cursor()
    cursor.execute("SET synchronous_commit TO on")
    cursor.close()
    connection.commit()


def _ask_for_bytes(
    cursor: Cursor[Any], statement: LiteralString, parameters: Params, context: ExecutionContext
) -> bool:
    """Run a statement whose results are to come as they are; return False for any other.

    Spelled in hexadecimal, as PostgreSQL answers otherwise, a letter takes three times as long.
    """
    if not context.execution_options.get(AS_BYTES):
        return False
    cursor.execute(statement, parameters, binary=True)
    return True


def _tune_sqlite(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    """Readers beside the writer (WAL); commits on the disk (FULL), as `offered` must be."""
    connection.isolation_level = None  # the driver begins nothing by itself: `_begin_sqlite` does
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout={BUSY_TIMEOUT_SECONDS * 1000}",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    """Take the write lock at once: a transaction that reads first could not wait for it later."""
    reads_only = connection.get_execution_options().get(READS_ONLY)
    connection.exec_driver_sql("BEGIN" if reads_only else "BEGIN IMMEDIATE")
