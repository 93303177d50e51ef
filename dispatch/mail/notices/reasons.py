"""Why a recipient was not reached: the wording first, then the codes.

The tables are tried in order, the exact before the rough. A server's words are believed before its
codes, since many servers use one code for everything.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from dispatch.domain.notice import Reason
from dispatch.mail.notices.prose import squeezed
from dispatch.mail.notices.wording import (
    abroad,
    closed,
    content,
    domain,
    mailbox,
    reputation,
    sender,
    trouble,
    unknown,
)


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a message failed: the reason, whether the address is dead, whether it is about us."""

    reason: Reason
    is_hard: bool = False
    is_about_us: bool = False


DEAD: Final = Cause(Reason.BAD_ADDRESS, is_hard=True)
CLOSED: Final = Cause(Reason.BAD_ADDRESS)
"""A domain that takes no mail, from a notice that calls it temporary."""

US: Final = Cause(Reason.POLICY, is_about_us=True)
WISH: Final = Cause(Reason.POLICY)
SPAM: Final = Cause(Reason.SPAM_VIRUS, is_about_us=True)
NOTHING: Final = Cause(Reason.UNKNOWN)
_NULL_MX: Final = Cause(Reason.BAD_ADDRESS, is_hard=True)
_NO_DOMAIN: Final = Cause(Reason.BAD_ADDRESS, is_hard=True)
_LOST: Final = Cause(Reason.NETWORK)


@dataclass(frozen=True, slots=True)
class Wording:
    """The phrases that show a cause."""

    cause: Cause
    phrases: tuple[str, ...]
    pieces: tuple[tuple[str, ...], ...]
    """Phrases with gaps: pieces that must be found one after the other."""

    def stands_in(self, text: str) -> bool:
        """Whether squeezed text contains one of the phrases."""
        for (
            phrase
        ) in self.phrases:  # a plain loop: most of the time of reading a notice is spent here
            if phrase in text:
                return True
        return any(in_order(text, pieces) for pieces in self.pieces)


def in_order(text: str, pieces: Iterable[str]) -> bool:
    """Whether a text contains the pieces of a phrase, one after the other."""
    at = 0
    for piece in pieces:
        at = text.find(piece, at)
        if at < 0:
            return False
        at += len(piece)
    return True


def _given_by(cause: Cause, *tables: Iterable[str]) -> Wording:
    split = [tuple(phrase.split("... ")) for table in tables for phrase in table]
    return Wording(
        cause,
        tuple(pieces[0] for pieces in split if len(pieces) == 1),
        tuple(pieces for pieces in split if len(pieces) > 1),
    )


_BY_WORDS: Final = (
    _given_by(Cause(Reason.SYSTEM), mailbox.SYSTEM_FULL),
    _given_by(Cause(Reason.MAILBOX_FULL), mailbox.MAILBOX_FULL),
    _given_by(SPAM, content.SURELY_SPAM),
    _given_by(US, reputation.UNPROVEN, reputation.NO_REVERSE_NAME, reputation.REPUTATION),
    _given_by(US, reputation.TOO_FAST),
    _given_by(Cause(Reason.TOO_LARGE), mailbox.TOO_LARGE),
    _given_by(DEAD, closed.MOVED),
    _given_by(Cause(Reason.DISABLED), closed.DISABLED),
    _given_by(US, sender.NO_RELAY, sender.NOT_A_MEMBER, sender.SENDER),
    _given_by(_NULL_MX, domain.NULL_MX),
    _given_by(Cause(Reason.NETWORK), ("host not found, try again",)),
    _given_by(WISH, closed.FILTERED),
    _given_by(DEAD, unknown.UNKNOWN, abroad.UNKNOWN),
    _given_by(_NO_DOMAIN, domain.UNKNOWN_DOMAIN),
    _given_by(US, reputation.BLOCKED),
    _given_by(WISH, reputation.TURNED_AWAY),
    _given_by(SPAM, content.SPAM),
    _given_by(US, content.POLICY, sender.UNSAFE, sender.AT_GREETING),
    _given_by(SPAM, content.MALFORMED),
    _given_by(Cause(Reason.NETWORK), trouble.NETWORK, trouble.EXPIRED),
    _given_by(Cause(Reason.SYSTEM), trouble.SYSTEM, trouble.SYNTAX),
)
_VAGUELY: Final = (_given_by(DEAD, unknown.VAGUE_UNKNOWN),)

_BY_STATUS: Final[dict[str, Cause]] = {
    "1.0": DEAD,
    "1.1": DEAD,
    "1.2": DEAD,
    "1.3": DEAD,
    "1.4": WISH,
    "1.6": DEAD,
    "1.7": US,
    "1.8": US,
    "1.9": Cause(Reason.SYSTEM),
    "1.10": _NULL_MX,
    "2.0": WISH,
    "2.1": Cause(Reason.DISABLED),
    "2.2": Cause(Reason.MAILBOX_FULL),
    "2.3": Cause(Reason.TOO_LARGE),
    "2.4": WISH,
    "3.4": Cause(Reason.TOO_LARGE),
    "4.4": DEAD,
    "5.3": US,
    "7.13": Cause(Reason.DISABLED),
    "7.16": Cause(Reason.TOO_LARGE),
    "7.17": DEAD,
    "7.18": DEAD,
    "7.27": US,
}
_BY_SUBJECT: Final[dict[str, Cause]] = {
    "3": Cause(Reason.SYSTEM),
    "4": Cause(Reason.NETWORK),
    "5": Cause(Reason.SYSTEM),
    "6": SPAM,
    "7": US,
}
"""By the second number of RFC 3463, where the third is not known exactly."""

_BY_REPLY: Final[dict[str, Cause]] = {
    "500": Cause(Reason.SYSTEM),
    "501": Cause(Reason.SYSTEM),
    "502": Cause(Reason.SYSTEM),
    "503": Cause(Reason.SYSTEM),
    "504": Cause(Reason.SYSTEM),
    "521": Cause(Reason.BAD_ADDRESS, is_hard=True),
    "525": Cause(Reason.DISABLED),
    "530": US,
    "535": US,
    "542": DEAD,
    "556": Cause(Reason.BAD_ADDRESS, is_hard=True),
}

_STATUS: Final = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.]*\d)")
_REPLY: Final = re.compile(r"(?<![\d.:-])([245][0-5]\d)(?=[ -]|$)")
_SAYS_NOTHING: Final = frozenset({"5.0.0", "4.0.0", "5.5.0", "4.5.0"})


class Said:
    """A text to judge by, searched only once however often it is used."""

    def __init__(self, text: str) -> None:
        self.text = squeezed(text)

    @cached_property
    def cause(self) -> Cause | None:
        """The cause that the words show, if they show one."""
        return by_words(self.text)

    @cached_property
    def vague(self) -> Cause | None:
        """The cause that the words may show, if nothing better is known."""
        return by_words(self.text, _VAGUELY)

    @cached_property
    def status(self) -> str:
        return status_in(self.text)


def judged(said: Sequence[Said], *, status: str = "") -> Cause:
    """Return the cause that the texts show; the first text that shows one counts."""
    cause = (
        next(filter(None, (each.cause for each in said)), None)
        or _by_codes(said, status)
        or next(filter(None, (each.vague for each in said)), None)
        or NOTHING
    )
    return _tempered(cause) if status.startswith("4") else cause


def _tempered(cause: Cause) -> Cause:
    """Return a cause as it counts in a notice that calls the failure temporary.

    A domain that is not found may be a fault of the DNS; one that takes no mail may change that.
    """
    if cause is _NO_DOMAIN:
        return _LOST
    return CLOSED if cause is _NULL_MX else cause


def by_words(text: str, table: Iterable[Wording] = _BY_WORDS) -> Cause | None:
    """Return the cause that the words of squeezed text show, if they show one."""
    if not text:
        return None
    return next((wording.cause for wording in table if wording.stands_in(text)), None)


def _by_codes(said: Sequence[Said], status: str) -> Cause | None:
    codes = [*(each.status for each in said), status]
    cause = next(filter(None, (_by_status(code) for code in codes)), None)
    if cause:
        return cause
    replies = (reply_in(each.text) for each in said)
    return next((_BY_REPLY[reply] for reply in replies if reply in _BY_REPLY), None)


def _by_status(status: str) -> Cause | None:
    if not status or status in _SAYS_NOTHING or status.startswith("2"):
        return None
    kind, subject, detail = status.split(".")
    if kind == "4" and subject in {"1", "4"}:
        return {"1": None, "4": Cause(Reason.NETWORK)}[subject]
    return _BY_STATUS.get(f"{subject}.{detail}") or _BY_SUBJECT.get(subject)


def status_in(text: str) -> str:
    """Return the first enhanced status (RFC 3463) in a text, or an empty string."""
    match = _STATUS.search(text[:4000])
    return match[0] if match else ""


def reply_in(text: str) -> str:
    """Return the first reply code (RFC 5321 4.2) in a text, or an empty string."""
    match = _REPLY.search(text[:4000])
    return match[0] if match else ""
