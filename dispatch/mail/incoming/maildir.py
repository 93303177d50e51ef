"""A Maildir on this machine, as an inbox, and messages in single files, one or several in each."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

from dispatch.domain.errors import BadInput, Unavailable
from dispatch.domain.incoming.message import FILE, MAILDIR, Arrival
from dispatch.mail.incoming.inbox import MOST_AT_A_LOOK, Known, Store
from dispatch.mail.incoming.reader import LARGEST

SEEN: Final = ":2,S"
"""What the name of a file in `cur/` ends with once a reader has seen the message."""


@dataclass(frozen=True, slots=True)
class Maildir:
    """A Maildir, whose messages move from `new/` to `cur/` once they are stored."""

    path: Path

    @property
    def name(self) -> str:
        return str(self.path)

    def collect(self, known: Known, store: Store) -> None:  # noqa: ARG002 - `new/` holds what is unknown
        """Store the messages in `new/`, oldest first; other programs may take some meanwhile.

        A file that cannot be read or moved does not hold up the others: it is reported as
        `Unavailable` once they are stored.
        """
        troubles: list[str] = []
        found = (each for file in self._waiting() for each in self._read(file, troubles))
        for file, message in islice(found, MOST_AT_A_LOOK):
            store(message, Arrival(source=MAILDIR, folder=str(self.path)))
            self._mark(file, troubles)
        if troubles:
            count = len(troubles)
            raise Unavailable(f"{self.path}: {count} messages cannot be taken: {troubles[0]}")

    def _waiting(self) -> list[Path]:
        try:
            if not (self.path / "new").is_dir() or not (self.path / "cur").is_dir():
                raise Unavailable(f"{self.path} is not a Maildir: it has no folders new and cur")
            files = sorted((self.path / "new").iterdir())
        except OSError as error:
            raise Unavailable(f"{self.path} cannot be looked into: {error.strerror}") from error
        return [each for each in files if not each.name.startswith(".")]

    def _read(self, file: Path, troubles: list[str]) -> Iterator[tuple[Path, bytes]]:
        """Yield a file and its message, unless the file has gone meanwhile or is a folder.

        A link is not followed: it could name a file that the mail server may not read but we may.
        """
        try:
            if file.is_symlink():
                troubles.append(f"read: {file.name} is a link, and links are not followed")
            elif file.is_file():
                yield file, content(file, os.O_NOFOLLOW | os.O_NONBLOCK)  # nor a pipe
        except FileNotFoundError:
            return
        except OSError as error:
            troubles.append(f"read: {error.strerror}")

    def _mark(self, file: Path, troubles: list[str]) -> None:
        """Move a file to `cur/`, unless it has gone meanwhile."""
        flags = "" if ":2," in file.name else SEEN
        try:
            file.rename(self.path / "cur" / f"{file.name}{flags}")
        except FileNotFoundError:
            return
        except OSError as error:  # `cur` is on another disk, say
            troubles.append(f"move to cur: {error.strerror}")


def content(file: Path, flags: int = 0) -> bytes:
    """Return a file's bytes, up to the most a message may have and one more, to show the excess."""
    with os.fdopen(os.open(file, os.O_RDONLY | flags), "rb") as opened:
        return opened.read(LARGEST + 1)


def from_file(file: Path) -> list[tuple[bytes, Arrival]]:
    """Return the messages in a file. Raises `BadInput` if it cannot be read, or not to its end."""
    name = file.name.encode("utf-8", "replace").decode()  # names may hold any bytes
    try:
        found = messages_in(content(file))
    except OSError as error:
        raise BadInput(f"{file}: cannot be read: {error.strerror}") from error
    except BadInput as error:
        raise BadInput(f"{file}: {error}") from None
    return [(each, Arrival(source=FILE, folder=name)) for each in found]


_NEXT: Final = re.compile(
    rb"(?<=\n)\r?\n(?=From [^\r\n]{1,300} \d{4}[^\r\n]{0,40}\r?\n[!-9;-~]{1,76}:)", re.IGNORECASE
)
"""What stands between two messages in a mailbox file: a line that says when the next came."""

_DELIVERED: Final = re.compile(
    rb"(?:[^\n]{1,998}\n){1,20}?"
    rb"(?:Received|Return-Path|Delivered-To|Envelope-To|X-Original-To|X-Mozilla-Status):",
    re.IGNORECASE,
)
"""The beginning of a message that a mail server delivered."""

_INTRODUCES: Final = re.compile(rb"(?::|^(?!--[^-].*--$)[-=_*#>].*)\s*$")
"""The line above a message that a report quotes, and not the last line of a MIME part."""


def messages_in(file: bytes) -> list[bytes]:
    """Return the messages in a file: several if it is a mailbox file (RFC 4155), else itself.

    A report may quote a message with such a line, too: that does not begin another. Raises
    `BadInput` for a mailbox that was too large to read to its end, whose rest would be lost.
    """
    if not file.startswith(b"From "):
        return [file]
    ends = [match for match in _NEXT.finditer(file) if _is_another(file, match)]
    if not ends:
        return [file]
    if len(file) > LARGEST:
        raise BadInput(f"the mailbox has more than {LARGEST} bytes: give its messages in parts")
    starts = [0, *(match.end() for match in ends)]
    return [
        file[start:end]
        for start, end in zip(starts, [*(match.start() for match in ends), None], strict=True)
    ]


def numbered(name: str, count: int) -> list[str]:
    """Return a name for each message in a file of this name."""
    return [name] if count == 1 else [f"{name} (message {each})" for each in range(1, count + 1)]


def _is_another(file: bytes, match: re.Match[bytes]) -> bool:
    """Whether a message of its own begins after a match, and not one that is quoted."""
    if _DELIVERED.match(file, match.end()):
        return True
    above = file[max(0, match.start() - 1000) : match.start()].rstrip().rpartition(b"\n")[2]
    return not _INTRODUCES.search(above.strip())
