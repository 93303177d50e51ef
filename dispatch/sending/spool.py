"""What the database could not take: attempts whose outcome is known, kept on the disk until it can.

A reply that is lost leaves its letter in doubt, so it is written here, one file each, when the
database is away as the reply comes.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError

from dispatch.domain.attempt import Tried

TRIED: Final = TypeAdapter(Tried)


@dataclass(frozen=True, slots=True)
class Spool:
    """A folder of attempts that are not recorded yet."""

    folder: Path

    def put(self, tried: Tried) -> None:
        """Keep an attempt; it is on the disk when this returns. Raises OSError if it cannot be."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self._path(tried)
        unfinished = path.with_suffix(f".{os.getpid()}")
        with unfinished.open("wb") as file:
            file.write(TRIED.dump_json(tried))
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(path)
        to_disk(self.folder)

    def tried(self) -> Iterator[Tried]:
        """Give each attempt that waits; one that another worker has just recorded is passed by.

        A file that cannot be read stays where it is, for a person.
        """
        for path in sorted(self.folder.glob("*.json")):
            try:
                yield TRIED.validate_json(path.read_bytes())
            except (OSError, ValidationError):
                continue

    def drop(self, tried: Tried) -> None:
        """Forget an attempt that is recorded."""
        self._path(tried).unlink(missing_ok=True)

    def _path(self, tried: Tried) -> Path:
        return self.folder / f"{tried.claim.envid}.json"


def to_disk(folder: Path) -> None:
    """Make a new name in a folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
