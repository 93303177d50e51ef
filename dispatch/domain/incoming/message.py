"""Incoming messages: how they arrived, where they stand, and how far to believe them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """One way by which a message arrived; the same message may arrive more than once."""

    source: str
    """One of `SOURCES`."""
    folder: str = ""
    """The mailbox or folder that it was in, without any password; or the name of a file."""
    uidvalidity: int | None = None
    uid: int | None = None
    """Its IMAP ids (RFC 3501 2.3.1.1), which with the folder identify the message permanently."""
    recipient: str = ""
    """The envelope's recipient, where it is known: the surest form of the return path."""


FILE: Final = "file"
MAILDIR: Final = "maildir"
IMAP: Final = "imap"
LMTP: Final = "lmtp"
SOURCES: Final = (FILE, MAILDIR, IMAP, LMTP)


def lmtp_on(address: str) -> str:
    """Return what the way in is called by which mail is handed over to `dispatch listen`."""
    return f"LMTP on {address}"


class MailState(Enum):
    """Where an incoming message stands. The value is the word for it."""

    UNREAD = "unread"
    """It is stored, and waits for a worker to read it."""

    READ = "read"
    """A notice says what was read in it."""

    QUARANTINED = "quarantined"
    """It could not be read; a person must look at it, or have it read again."""


class Trust(Enum):
    """How far a notice may be believed. The value is the word for it."""

    VERIFIED = "verified"
    """It came to a return path that we signed, which only the servers on the way and the
    recipient's own server know; or it is a delivery notification that returns the header that we
    signed, about the recipient of that message."""

    PROBABLE = "probable"
    """It names a Message-ID with the code that only we can make, or one that a server made and told
    us: its writer had the message, or a copy of it. So a server took that message. What else it
    says may still be made up."""

    UNVERIFIED = "unverified"
    """It names a delivery, or nothing, and anybody may have written it."""

    WRONG_TOKEN = "wrong_token"  # noqa: S105 - not a password: the word for a forged return path
    """It has a token, as a return path or a signed header, that is forged or damaged, or that is of
    another delivery than the rest of it."""


PROVES_ACCEPTANCE: Final = frozenset({Trust.VERIFIED, Trust.PROBABLE})
"""How far a notice must be trusted to show that a server has the message that it names."""


class SuggestionState(Enum):
    """Where a suggested contact stands."""

    OPEN = "open"
    ACCEPTED_ONCE = "accepted_once"
    """One person accepts it; nothing proves it, so somebody else decides."""

    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    """The message was read again, and no longer suggests it."""


UNDECIDED: Final = (SuggestionState.OPEN, SuggestionState.ACCEPTED_ONCE)
"""The states of a suggestion that waits for a person."""
