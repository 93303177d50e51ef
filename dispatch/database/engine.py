"""Connections and transactions, with the settings that the promises about sending rely on."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, LiteralString

import orjson
from sqlalchemy import URL, Connection, Dialect, Engine, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection, ExecutionContext
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry

from dispatch.domain.sending.envelope import SentAs

if TYPE_CHECKING:
    from psycopg import Cursor
    from psycopg.abc import Params

READS_ONLY = "dispatch_reads_only"
"""The execution option of transactions that only read."""

AS_BYTES = "dispatch_as_bytes"
"""The execution option of a statement whose results are large binary values."""

KEY: Final = "dispatch_key"
PARTY: Final = "dispatch_party"
"""Where a session has the key of `connect`, and who letters are from."""

BUSY_TIMEOUT_SECONDS = 15
"""How long a transaction on SQLite waits for another to release the write lock."""


COMMITS: Final = {
    "sqlite": "PRAGMA data_version",
    "postgresql": "SELECT pg_current_snapshot()::text",
}
"""What asks each database for something that differs once another connection has committed."""


@dataclass(frozen=True, slots=True)
class Sessions:
    """Opens transactions: `with sessions.begin() as session:`."""

    writing: sessionmaker[Session]
    reading: sessionmaker[Session]

    def begin(self) -> AbstractContextManager[Session]:
        """Open a transaction that commits at the end of the block, or rolls back on an error."""
        return self.writing.begin()

    def read(self) -> AbstractContextManager[Session]:
        """Open a transaction that only reads, and so does not wait for writers."""
        return self.reading.begin()

    @contextmanager
    def held(self) -> Iterator[Sessions]:
        """Keep one connection for all transactions until the end of the block.

        For one thread that commits often: the pool checks a connection each time it hands one
        out. A connection that is lost is replaced at the next transaction.
        """
        with self._engine.connect() as connection:
            yield Sessions(sessionmaker(connection, info=self.writing.kw["info"]), self.reading)

    @contextmanager
    def watched(self) -> Iterator[Callable[[], bool]]:
        """Lend a question: may anything have changed since it was last asked? First yes.

        The database answers from its own count of commits, without reading a row.
        """
        with self.reading.kw["bind"].connect() as connection:
            seen: object = None

            def may_have_changed() -> bool:
                nonlocal seen
                before = seen
                seen = connection.exec_driver_sql(COMMITS[connection.dialect.name]).scalar_one()
                connection.rollback()  # else the next answer would be of this transaction's start
                return seen != before

            yield may_have_changed

    def compact(self) -> bool:
        """Rewrite a SQLite database, so that none of its pages still holds deleted data.

        Returns False if the write-ahead log may still hold some, because others are reading it.
        Does nothing on PostgreSQL, where this would lock whole tables: its administrator decides.
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
        """Close every pooled connection, as a process must before it forks or ends."""
        self._engine.dispose()

    @property
    def _engine(self) -> Engine:
        bind = self.writing.kw["bind"]
        assert isinstance(bind, Engine)  # noqa: S101 - for the type checker: `connect` made it
        return bind


def connect(database: str | Path, key: bytes = b"", *, party: SentAs | None = None) -> Sessions:
    """Return what opens transactions on a database, which is a URL or a file of SQLite.

    `key` makes the codes of rows that we write (`domain.proof.mac`); without one, events can be
    read but not written. `party` is who letters are from that are approved and queued here. Nothing
    is connected until the first transaction. Raises one of `UnusableUrl`.
    """
    url = _url(database)
    is_server = url.get_backend_name() != "sqlite"
    # No parameters in error messages: they hold names and addresses, and errors are logged.
    engine = create_engine(
        url, pool_pre_ping=is_server, hide_parameters=True, json_deserializer=_read_json
    )
    if engine.dialect.name == "postgresql":
        event.listen(engine, "connect", _tune_postgresql)
        event.listen(engine, "do_execute", _ask_for_bytes)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "do_connect", _make_private)
        event.listen(engine, "connect", _tune_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    info = {KEY: key, PARTY: party}
    return Sessions(
        sessionmaker(engine, info=info),
        sessionmaker(
            engine.execution_options(**{READS_ONLY: True}),
            expire_on_commit=False,  # what was read stays readable
            info=info,
        ),
    )


def key_of(session: Session) -> bytes:
    """Return the key that makes the codes of rows written here. Raises `LookupError` without."""
    if key := session.info.get(KEY):
        return bytes(key)
    raise LookupError("this database was opened without the key that events are written with")


def party_of(session: Session) -> SentAs | None:
    """Return who letters are from that are approved and queued here, if this process knows that."""
    party = session.info.get(PARTY)
    return party if isinstance(party, SentAs) else None


def _url(database: str | Path) -> URL:
    """Return the URL of a database. A path is never read as one: it may hold `?`, `#` or `%`."""
    if isinstance(database, Path):
        return URL.create("sqlite", database=str(database.absolute()))
    return make_url(database)


def _read_json(text: str) -> Any:  # noqa: ANN401 - JSON is any of these
    """Read a column of JSON by orjson, three times as fast as the standard library.

    That one reads what orjson refuses: halves of characters, which a stranger's message may have.
    """
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return json.loads(text)


def _tune_postgresql(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    """Set what we need, whatever the server's default."""
    cursor = connection.cursor()
    cursor.execute("SET synchronous_commit TO on")  # `offered` must survive a crash
    # What is worked on is in memory or on a solid-state disk, where all pages cost the same. The
    # default is that of a turning one, by which the letters of a batch were found by reading
    # through all of them; at 1.1, a claim sorted all that wait, for want of statistics.
    cursor.execute("SET random_page_cost TO 1.0")
    # To compile the counts of a large mailout to machine code takes three seconds; to run them as
    # they are takes a tenth of one.
    cursor.execute("SET jit TO off")
    cursor.close()
    connection.commit()


def _ask_for_bytes(
    cursor: Cursor[Any], statement: LiteralString, parameters: Params, context: ExecutionContext
) -> bool:
    """Run a statement marked `AS_BYTES` with binary results; return False for any other.

    PostgreSQL otherwise sends bytes in hexadecimal, and a letter takes three times as long.
    """
    if not context.execution_options.get(AS_BYTES):
        return False
    cursor.execute(statement, parameters, binary=True)
    return True


def _make_private(_: Dialect, __: ConnectionPoolEntry, words: list[str], ___: object) -> None:
    """Make the file of a database, if there is none, for its owner alone.

    SQLite would let everybody read it, and gives the files that it puts beside it the same mode.
    """
    path = Path(words[0])
    is_file = words[0] != ":memory:" and not words[0].startswith("file:")
    if is_file and not path.exists():
        with contextlib.suppress(OSError):  # SQLite says what is wrong
            path.touch(mode=0o600)


def _tune_sqlite(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    """Let readers work beside the writer (WAL), and make every commit durable (FULL)."""
    connection.isolation_level = None  # the driver begins no transaction: `_begin_sqlite` does
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
    """Take the write lock at the start, unless the transaction only reads.

    SQLite refuses the lock at once, without waiting, to a transaction that has read before another
    one wrote; and the claim relies on nobody else writing between its choice and its update.
    """
    reads_only = connection.get_execution_options().get(READS_ONLY)
    connection.exec_driver_sql("BEGIN" if reads_only else "BEGIN IMMEDIATE")
