"""Mail that comes in: how it came, where it stands, and how far what it says may be believed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """One way by which a mail came: the same mail may come more than once."""

    source: str
    """One of `SOURCES`."""
    folder: str = ""
    """The mailbox or folder that it lay in, without any password; a file's name."""
    uidvalidity: int | None = None
    uid: int | None = None
    """What IMAP calls it (RFC 3501 2.3.1.1): together with the folder, that message for ever."""
    recipient: str = ""
    """Whom the envelope named, where the way in tells: the surest form of the return path."""


FILE: Final = "file"
MAILDIR: Final = "maildir"
IMAP: Final = "imap"
LMTP: Final = "lmtp"
SOURCES: Final = (FILE, MAILDIR, IMAP, LMTP)


class MailState(Enum):
    """Where a mail that came in stands. The value is the word for it."""

    UNREAD = "unread"
    """Stored, and a worker is to read it."""

    READ = "read"
    """A notice says what it is."""

    QUARANTINED = "quarantined"
    """It could not be read; a person looks at it, or has it read again."""


class Trust(Enum):
    """How far a notice may be believed. The value is the word for it."""

    VERIFIED = "verified"
    """It came to a return path that we signed: only the servers on the way, and the recipient's,
    know that address."""

    UNVERIFIED = "unverified"
    """It names a delivery, or nothing, and anybody may have written it."""

    WRONG_TOKEN = "wrong_token"  # noqa: S105 - no password, but a word for a forged return path
    """It came to a return path that looks like ours and is not: made up, or damaged."""


class SuggestionState(Enum):
    """Where a suggestion stands."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    """The mail was read again, and no longer says so."""
