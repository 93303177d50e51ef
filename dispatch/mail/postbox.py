"""Postboxes: where mail for us waits until it is stored. Here the plainest, a Maildir."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from dispatch.domain.errors import BadInput, Unavailable
from dispatch.domain.incoming import FILE, MAILDIR, Arrival
from dispatch.mail.reader import LARGEST

Known = Callable[[str, int], Collection[int]]
"""Returns the messages of a folder, by its name and UIDVALIDITY, that are stored."""

Keep = Callable[[bytes, Arrival], None]
"""Stores a mail durably, or raises."""

SEEN: Final = ":2,S"
"""What a file's name in `cur/` says: a reader has taken it."""


class Postbox(Protocol):
    """A place where mail waits."""

    def collect(self, known: Known, keep: Keep) -> None:
        """Give whatever is there to `keep`, and mark each mail only once that has returned.

        Raises `Unavailable` if the place cannot be reached.
        """


@dataclass(frozen=True, slots=True)
class Maildir:
    """A Maildir on this machine. What is stored moves from `new/` to `cur/`."""

    path: Path

    def collect(self, known: Known, keep: Keep) -> None:  # noqa: ARG002 - its files say it all
        """Give what lies in `new/` to `keep`, the oldest first. Another may take some meanwhile."""
        if not (self.path / "new").is_dir() or not (self.path / "cur").is_dir():
            raise Unavailable(f"{self.path} is no Maildir: it has no folders new and cur")
        for file in sorted((self.path / "new").iterdir()):
            if file.name.startswith(".") or not file.is_file():
                continue
            try:
                mail = content(file)
            except FileNotFoundError:
                continue
            keep(mail, Arrival(source=MAILDIR, folder=str(self.path)))
            self._mark(file)

    def _mark(self, file: Path) -> None:
        """Let the file be seen in `cur/`, unless somebody was quicker."""
        flags = "" if ":2," in file.name else SEEN
        try:
            file.rename(self.path / "cur" / f"{file.name}{flags}")
        except FileNotFoundError:
            return


def content(file: Path) -> bytes:
    """Return a file's bytes, no further than a mail may be long, and one more to show that."""
    with file.open("rb") as opened:
        return opened.read(LARGEST + 1)


def from_file(file: Path) -> tuple[bytes, Arrival]:
    """Return a mail that somebody hands in as a file. Raises `BadInput`."""
    try:
        return content(file), Arrival(source=FILE, folder=file.name)
    except OSError as error:
        raise BadInput(f"{file}: it cannot be read: {error.strerror}") from error
