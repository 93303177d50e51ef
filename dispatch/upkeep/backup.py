"""Backup: all that the database holds goes into a file, while everybody works on."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO

from dispatch.database import Sessions, schema
from dispatch.domain.errors import BadInput, RuleBroken
from dispatch.domain.ledger import Event
from dispatch.files import disk
from dispatch.ledger import events, journal
from dispatch.upkeep.store import dump
from dispatch.upkeep.store.dump import Header


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that was taken."""

    header: Header
    sha256: str
    bytes: int


def backup(
    sessions: Sessions,
    path: Path,
    *,
    version: str,
    person: str,
    clock: Callable[[], datetime],
    is_forced: bool = False,
) -> Backup:
    """Write a backup, and put that on record; at no moment is there half of one under its name.

    Owns its transactions, since none that writes may be open while files are written. Only its
    owner can read the file. What is at the path stays, unless `is_forced`. An older database
    records nothing: it is about to be upgraded. Raises `RuleBroken` as `dump.write` and if there
    is a file, and `BadInput` if it cannot be written.
    """
    if path.exists() and not is_forced:
        raise RuleBroken(f"{path} is there already: choose another name, or replace it by --force")
    with _put_in_place(path) as file, sessions.read() as session:
        header = dump.write(session, file, version=version, now=clock())
        is_current = schema.age(session) is schema.Age.CURRENT
    with path.open("rb") as file:
        made = Backup(header, hashlib.file_digest(file, "sha256").hexdigest(), file.tell())
    if is_current:
        with sessions.begin() as session:
            journal.append(session, _event(path, made, person, clock()))
    return made


def _event(path: Path, made: Backup, person: str, now: datetime) -> Event:
    detail = {
        "sha256": made.sha256,
        "rows": str(made.header.rows),
        "bytes": str(made.bytes),
        "taken_at": made.header.taken_at.isoformat(),
    }
    return events.DB_BACKED_UP.event(now, person, path.name, **detail)


@contextlib.contextmanager
def _put_in_place(path: Path) -> Iterator[IO[bytes]]:
    """Lend a file beside the path, and move it there once it is whole and on the disk."""
    try:
        with disk.replacing(path) as file:
            yield file
    except OSError as error:
        raise BadInput(f"{path} cannot be written: {error.strerror}") from error
