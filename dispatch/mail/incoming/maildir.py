"""Postboxes: where mail for us waits until it is stored. Here the plainest, a Maildir."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final, Protocol

from dispatch.domain.errors import BadInput, Unavailable
from dispatch.domain.incoming import FILE, MAILDIR, Arrival
from dispatch.mail.incoming.sandbox.parent import LARGEST

Known = Callable[[str, int], Collection[int]]
"""Returns the messages of a folder, by its name and UIDVALIDITY, that are stored."""

Keep = Callable[[bytes, Arrival], None]
"""Stores a mail durably, or raises."""

MOST_AT_A_LOOK: Final = 500
"""New mails stored at one look, so that a flood keeps no worker from sending. The next look goes
on from there."""

SEEN: Final = ":2,S"
"""What a file's name in `cur/` says: a reader has taken it."""


class Postbox(Protocol):
    """A place where mail waits."""

    def collect(self, known: Known, keep: Keep) -> None:
        """Give what is there to `keep`, so much at a look, and mark it only once that has returned.

        Raises `Unavailable` if the place cannot be reached, or has mail that it does not give.
        """


@dataclass(frozen=True, slots=True)
class Maildir:
    """A Maildir on this machine. What is stored moves from `new/` to `cur/`."""

    path: Path

    def collect(self, known: Known, keep: Keep) -> None:  # noqa: ARG002 - its files say it all
        """Give what lies in `new/` to `keep`, the oldest first. Another may take some meanwhile.

        A file that cannot be read or moved holds no other up: it is told of when the rest is done.
        """
        troubles: list[str] = []
        mails = (each for file in self._waiting() for each in self._read(file, troubles))
        for file, mail in islice(mails, MOST_AT_A_LOOK):
            keep(mail, Arrival(source=MAILDIR, folder=str(self.path)))
            self._mark(file, troubles)
        if troubles:
            count = len(troubles)
            raise Unavailable(f"{self.path}: {count} mails cannot be taken: {troubles[0]}")

    def _waiting(self) -> list[Path]:
        try:
            if not (self.path / "new").is_dir() or not (self.path / "cur").is_dir():
                raise Unavailable(f"{self.path} is no Maildir: it has no folders new and cur")
            files = sorted((self.path / "new").iterdir())
        except OSError as error:
            raise Unavailable(f"{self.path} cannot be looked into: {error.strerror}") from error
        return [each for each in files if not each.name.startswith(".")]

    def _read(self, file: Path, troubles: list[str]) -> Iterator[tuple[Path, bytes]]:
        """Give a file and its mail, unless somebody was quicker, or it is no file."""
        try:
            if file.is_file():
                yield file, content(file)
        except FileNotFoundError:
            return
        except OSError as error:
            troubles.append(f"read: {error.strerror}")

    def _mark(self, file: Path, troubles: list[str]) -> None:
        """Let the file be seen in `cur/`, unless somebody was quicker."""
        flags = "" if ":2," in file.name else SEEN
        try:
            file.rename(self.path / "cur" / f"{file.name}{flags}")
        except FileNotFoundError:
            return
        except OSError as error:  # `cur` is on another disk, say
            troubles.append(f"move to cur: {error.strerror}")


def content(file: Path) -> bytes:
    """Return a file's bytes, no further than a mail may be long, and one more to show that."""
    with file.open("rb") as opened:
        return opened.read(LARGEST + 1)


def from_file(file: Path) -> tuple[bytes, Arrival]:
    """Return a mail that somebody hands in as a file. Raises `BadInput`."""
    try:
        name = file.name.encode("utf-8", "replace").decode()  # it may be no text at all
        return content(file), Arrival(source=FILE, folder=name)
    except OSError as error:
        raise BadInput(f"{file}: it cannot be read: {error.strerror}") from error
