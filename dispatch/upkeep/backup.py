"""Write everything in the database to a file, while the service goes on.

The key that signs checkpoints signs the file as well, so that a restore can tell whether it is as
it was written.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import IO

from dispatch.database import Sessions, key_of, keys, schema
from dispatch.domain.errors import BadInput, RuleBroken
from dispatch.domain.proof.ledger import Event
from dispatch.domain.word import Word
from dispatch.files import disk
from dispatch.files.dumps import Header
from dispatch.ledger import journal, upkeep_events
from dispatch.proof.checkpoints import Signer
from dispatch.upkeep.store import dump


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that was taken."""

    header: Header
    sha256: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Writer:
    """What a backup is written by: a version of dispatch, and the key that signs it."""

    version: str
    signer: Signer

    def sign(self, text: str) -> str:
        """Return a text as a signed note."""
        return self.signer.public.note(text, self.signer.key.sign)


def backup(
    sessions: Sessions,
    path: Path,
    word: Word,
    writer: Writer,
    *,
    clock: Callable[[], datetime],
    is_forced: bool = False,
) -> Backup:
    """Write a backup and record that; never is there half of one under its name.

    Owns its transactions, since none that writes may be open while files are written. Only its
    owner can read the file. A file that is there already stays, unless `is_forced`. An older
    database records nothing, since it is about to be upgraded; nor does one of another key. Raises
    `RuleBroken` as `dump.write` and if there is a file, and `BadInput` if it cannot be written.
    """
    if path.exists() and not is_forced:
        raise RuleBroken(f"{path} is there already: choose another name, or replace it by --force")
    with _replacing(path) as file, sessions.read() as session:
        header = dump.write(session, file, version=writer.version, now=word.at, sign=writer.sign)
        # Where the key is lost a backup is all the more needed; an event would look made up.
        may_record = schema.age(session) is schema.Age.CURRENT and keys.is_written_with(
            session, key_of(session)
        )
    with path.open("rb") as file:
        made = Backup(header, hashlib.file_digest(file, "sha256").hexdigest(), file.tell())
    if may_record:
        with sessions.begin() as session:
            # Not `word.at`: events since then may be sealed, and this one would look dated back.
            journal.append(session, _event(path, made, replace(word, at=clock())))
    return made


def _event(path: Path, made: Backup, word: Word) -> Event:
    detail = {
        "sha256": made.sha256,
        "rows": str(made.header.rows),
        "bytes": str(made.bytes),
        "taken_at": made.header.taken_at.isoformat(),
    }
    return upkeep_events.DB_BACKED_UP.by(word, path.name, **detail)


@contextlib.contextmanager
def _replacing(path: Path) -> Iterator[IO[bytes]]:
    """Open a file that takes the place of `path` once it is whole and on the disk."""
    try:
        with disk.replacing(path) as file:
            yield file
    except OSError as error:
        raise BadInput(f"{path} cannot be written: {error.strerror}") from error
