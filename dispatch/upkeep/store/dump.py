"""A dump: every row of a database in one file, to be put into any other, SQLite or PostgreSQL.

It is gzipped JSON, a value a line: the header; for each table its name and columns, then a row a
line; at the end the SHA-256 of all lines before. So it can be looked at with `zcat`, is written and
read a row at a time, and one that is damaged or cut off shows it.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import IO, Any, Final, Self

from alembic.runtime.migration import MigrationContext
from alembic.util import CommandError
from sqlalchemy import Table
from sqlalchemy.orm import Session

from dispatch.database import schema
from dispatch.domain.errors import BadInput, RuleBroken
from dispatch.proof.store import seals
from dispatch.upkeep.store import reflected

FORMAT: Final = "dispatch dump 1"

LEVEL: Final = 1
"""PDFs hardly get smaller, however long one tries."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What a dump says of itself."""

    revision: str
    """The migration that its tables are of."""
    version: str
    """Of the dispatch that wrote it."""
    taken_at: datetime
    """Nothing that was committed before is missing."""
    tables: Mapping[str, int]
    """How many rows each has, by name, in the order in which they are to be filled."""

    @property
    def rows(self) -> int:
        return sum(self.tables.values())

    def line(self) -> dict[str, object]:
        taken_at = self.taken_at.isoformat()
        return {"format": FORMAT} | asdict(self) | {"taken_at": taken_at}

    @classmethod
    def from_line(cls, line: bytes) -> Self:
        told = json.loads(line)
        if told.pop("format") != FORMAT:
            raise ValueError("another format")
        taken_at = datetime.fromisoformat(told.pop("taken_at"))
        return cls(taken_at=taken_at, **told)


def write(session: Session, file: IO[bytes], *, version: str, now: datetime) -> Header:
    """Write all that the database holds at this moment, in a session that has read nothing yet.

    Whoever writes to the database goes on meanwhile, and waits for nothing. Raises `RuleBroken`
    if it has no tables, or those of a newer dispatch.
    """
    seals.hold_still(session)
    found = reflected.tables(session)
    header = Header(
        revision=_revision(session),
        version=version,
        taken_at=now,
        tables={name: reflected.count(session, table) for name, table in found.items()},
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
    for row in reflected.rows(session, table):
        left -= 1
        yield row
    if left:
        raise RuleBroken(f"rows of {table.name} replace each other: no backup can have them")


def _line(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode() + b"\n"


@dataclass(frozen=True, slots=True)
class Dump:
    """A file with a dump in it."""

    path: Path

    def header(self) -> Header:
        """Return what it says of itself. Raises `BadInput` for what is no dump."""
        with self._explained(), gzip.open(self.path) as file:
            return Header.from_line(file.readline())

    def check(self) -> Header:
        """Read it to its end. Raises `BadInput` if it is no dump, damaged or cut off."""
        for _ in self.rows():
            pass
        return self.header()

    def rows(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield each row with the name of its table. Raises as `check`, the latest at the end."""
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
                raise ValueError("it is not what it was")

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except PermissionError as error:
            raise BadInput(f"{self.path} cannot be read: {error.strerror}") from error
        except (OSError, EOFError, zlib.error, ValueError, LookupError, TypeError) as error:
            raise BadInput(
                f"{self.path} is no backup, or is damaged or cut off: nothing is restored from it; "
                f"take another one"
            ) from error


def refuse_unless_empty(session: Session) -> None:
    """Raise `RuleBroken` if the database holds anything that would be lost or mixed up."""
    if others := reflected.strangers(session):
        raise RuleBroken(
            f"the database has a table that is not ours, {others[0]}: restore into an empty one"
        )
    if found := reflected.inhabited(session):
        raise RuleBroken(
            f"the database is not empty, there are rows in {found[0]}: stop the service, and "
            f"restore into a new one (DISPATCH_DATABASE_URL or DISPATCH_HOME)"
        )


def load(session: Session, dump: Dump) -> Header:
    """Put a dump into an empty database, at its own revision, and bring that up to date.

    All or nothing, in the caller's transaction. Raises as `Dump.check` and `refuse_unless_empty`,
    and `BadInput` for the tables of a newer dispatch.
    """
    refuse_unless_empty(session)
    header = dump.header()
    if MigrationContext.configure(session.connection()).get_current_revision() != header.revision:
        _make_tables(session, header, dump.path)
    reflected.fill(session, dump.rows())
    schema.upgrade(session)
    return header


def _make_tables(session: Session, header: Header, path: Path) -> None:
    reflected.drop(session)
    try:
        schema.upgrade(session, header.revision)
    except CommandError as error:
        raise BadInput(
            f"{path} was made by a newer dispatch ({header.version}): restore it with that one"
        ) from error
