"""Databases to restore into, and what a database holds, for tests of backups."""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from dispatch.database import Sessions, connect
from dispatch.domain.sending.envelope import SentAs
from dispatch.files.dumps import Dump, Header
from dispatch.upkeep.store import dump
from tests.conftest import KEY, postgresql_database
from tests.databases import POSTGRESQL


@contextmanager
def emptiness(folder: Path, *, is_postgresql: bool = bool(POSTGRESQL)) -> Iterator[Sessions]:
    """Lend a database without a table."""
    if not is_postgresql:
        yield connect(f"sqlite:///{folder}/empty.db", KEY)
        return
    with postgresql_database() as url:
        opened = connect(url, KEY)
        yield opened
        opened.dispose()


@contextmanager
def vacancy(folder: Path, migrated: str, party: SentAs | None = None) -> Iterator[Sessions]:
    """Lend a database that has had every migration, and holds nothing."""
    if not POSTGRESQL:
        copy = folder / "vacant.db"
        shutil.copy(migrated.removeprefix("sqlite:///"), copy)
        yield connect(f"sqlite:///{copy}", KEY, party=party)
        return
    with postgresql_database(template=migrated.rpartition("/")[2]) as url:
        opened = connect(url, KEY, party=party)
        yield opened
        opened.dispose()


@contextmanager
def copied(sessions: Sessions, url: str, copy: Path) -> Iterator[Sessions]:
    """Lend a copy of a database as it is now, made by the database's own means."""
    if not POSTGRESQL:
        copy_file(url, copy)
        yield connect(f"sqlite:///{copy}", KEY)
        return
    sessions.dispose()  # PostgreSQL copies a database only while nobody is connected to it
    with postgresql_database(template=url.rpartition("/")[2]) as made:
        opened = connect(made, KEY)
        yield opened
        opened.dispose()


def copy_file(url: str, copy: Path) -> None:
    """Copy a SQLite database, in use or not, as `.backup` of its shell does."""
    with (
        closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as source,
        closing(sqlite3.connect(copy)) as target,
    ):
        source.backup(target)


def dumped(sessions: Sessions, path: Path, now: datetime) -> Dump:
    """Write a dump as it is, without a backup's precautions."""
    with path.open("wb") as file, sessions.read() as session:
        dump.write(session, file, version="1.0", now=now)
    return Dump(path)


def packed(path: Path, *lines: object, revision: str = "", **header: object) -> Path:
    """Write a file that is whole, whatever its lines say: values, or octets as they are."""
    tables = header.pop("tables", {})
    first = Header(revision=revision, version="1.0", taken_at=NOW, tables={}).line()
    first |= {"tables": tables, **header}
    raw = [each if isinstance(each, bytes) else json.dumps(each).encode() for each in lines]
    body = b"".join(each + b"\n" for each in (json.dumps(first).encode(), *raw))
    end = json.dumps({"sha256": hashlib.sha256(body).hexdigest()}).encode()
    path.write_bytes(gzip.compress(body + end + b"\n"))
    return path


NOW = datetime(2020, 7, 22, 9, tzinfo=UTC)


def contents(sessions: Sessions) -> dict[str, list[str]]:
    """Return every row of every table, in a spelling that no kind of database has a say in."""
    with sessions.read() as session:
        return {
            name: sorted(json.dumps(row, sort_keys=True) for row in dump.rows(session, table))
            for name, table in dump.tables(session).items()
        }
