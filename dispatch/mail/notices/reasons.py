"""Why a recipient was not reached: the wording first, then the codes.

The tables are tried in their order: what tells exactly before what tells roughly. A server's
words are believed before its codes, since many servers use one code for everything.
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
    sender,
    standing,
    trouble,
    unknown,
)


@dataclass(frozen=True, slots=True)
class Ground:
    """A kind of failure."""

    reason: Reason
    is_hard: bool = False
    is_about_us: bool = False


DEAD: Final = Ground(Reason.BAD_ADDRESS, is_hard=True)
CLOSED: Final = Ground(Reason.BAD_ADDRESS)
"""A domain that takes no mail, by a notice that calls it temporary."""

US: Final = Ground(Reason.POLICY, is_about_us=True)
WISH: Final = Ground(Reason.POLICY)
SPAM: Final = Ground(Reason.SPAM_VIRUS, is_about_us=True)
NOTHING: Final = Ground(Reason.UNKNOWN)
_NULL_MX: Final = Ground(Reason.BAD_ADDRESS, is_hard=True)
_NO_DOMAIN: Final = Ground(Reason.BAD_ADDRESS, is_hard=True)
_LOST: Final = Ground(Reason.NETWORK)


@dataclass(frozen=True, slots=True)
class Wording:
    """The phrases that give a ground."""

    ground: Ground
    phrases: tuple[str, ...]
    pieces: tuple[tuple[str, ...], ...]
    """Phrases with something in between: what is to be found one after the other."""

    def stands_in(self, text: str) -> bool:
        """Whether squeezed text has one of the phrases."""
        for phrase in self.phrases:  # a loop, since this is what reading a notice mostly does
            if phrase in text:
                return True
        return any(in_order(text, pieces) for pieces in self.pieces)


def in_order(text: str, pieces: Iterable[str]) -> bool:
    """Whether the pieces of a phrase stand in a text, one after the other."""
    at = 0
    for piece in pieces:
        at = text.find(piece, at)
        if at < 0:
            return False
        at += len(piece)
    return True


def _given_by(ground: Ground, *tables: Iterable[str]) -> Wording:
    split = [tuple(phrase.split("... ")) for table in tables for phrase in table]
    return Wording(
        ground,
        tuple(pieces[0] for pieces in split if len(pieces) == 1),
        tuple(pieces for pieces in split if len(pieces) > 1),
    )


_BY_WORDS: Final = (
    _given_by(Ground(Reason.SYSTEM), mailbox.SYSTEM_FULL),
    _given_by(Ground(Reason.MAILBOX_FULL), mailbox.MAILBOX_FULL),
    _given_by(SPAM, content.SURELY_SPAM),
    _given_by(US, standing.UNPROVEN, standing.NO_REVERSE_NAME, standing.REPUTATION),
    _given_by(US, standing.TOO_FAST),
    _given_by(Ground(Reason.TOO_LARGE), mailbox.TOO_LARGE),
    _given_by(DEAD, closed.MOVED),
    _given_by(Ground(Reason.DISABLED), closed.DISABLED),
    _given_by(US, sender.NO_RELAY, sender.NOT_A_MEMBER, sender.SENDER),
    _given_by(_NULL_MX, domain.NULL_MX),
    _given_by(Ground(Reason.NETWORK), ("host not found, try again",)),
    _given_by(WISH, closed.FILTERED),
    _given_by(DEAD, unknown.UNKNOWN, abroad.UNKNOWN),
    _given_by(_NO_DOMAIN, domain.UNKNOWN_DOMAIN),
    _given_by(US, standing.BLOCKED),
    _given_by(WISH, standing.TURNED_AWAY),
    _given_by(SPAM, content.SPAM),
    _given_by(US, content.POLICY, sender.UNSAFE, sender.AT_GREETING),
    _given_by(SPAM, content.MALFORMED),
    _given_by(Ground(Reason.NETWORK), trouble.NETWORK, trouble.EXPIRED),
    _given_by(Ground(Reason.SYSTEM), trouble.SYSTEM, trouble.SYNTAX),
)
_VAGUELY: Final = (_given_by(DEAD, unknown.VAGUE_UNKNOWN),)

_BY_STATUS: Final[dict[str, Ground]] = {
    "1.0": DEAD,
    "1.1": DEAD,
    "1.2": DEAD,
    "1.3": DEAD,
    "1.4": WISH,
    "1.6": DEAD,
    "1.7": US,
    "1.8": US,
    "1.9": Ground(Reason.SYSTEM),
    "1.10": _NULL_MX,
    "2.0": WISH,
    "2.1": Ground(Reason.DISABLED),
    "2.2": Ground(Reason.MAILBOX_FULL),
    "2.3": Ground(Reason.TOO_LARGE),
    "2.4": WISH,
    "3.4": Ground(Reason.TOO_LARGE),
    "4.4": DEAD,
    "5.3": US,
    "7.13": Ground(Reason.DISABLED),
    "7.16": Ground(Reason.TOO_LARGE),
    "7.17": DEAD,
    "7.18": DEAD,
    "7.27": US,
}
_BY_SUBJECT: Final[dict[str, Ground]] = {
    "3": Ground(Reason.SYSTEM),
    "4": Ground(Reason.NETWORK),
    "5": Ground(Reason.SYSTEM),
    "6": SPAM,
    "7": US,
}
"""The second number of RFC 3463, for what its third does not tell exactly."""

_BY_REPLY: Final[dict[str, Ground]] = {
    "500": Ground(Reason.SYSTEM),
    "501": Ground(Reason.SYSTEM),
    "502": Ground(Reason.SYSTEM),
    "503": Ground(Reason.SYSTEM),
    "504": Ground(Reason.SYSTEM),
    "521": Ground(Reason.BAD_ADDRESS, is_hard=True),
    "525": Ground(Reason.DISABLED),
    "530": US,
    "535": US,
    "542": DEAD,
    "556": Ground(Reason.BAD_ADDRESS, is_hard=True),
}

_STATUS: Final = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.]*\d)")
_REPLY: Final = re.compile(r"(?<![\d.:-])([245][0-5]\d)(?=[ -]|$)")
_UNTOLD: Final = frozenset({"5.0.0", "4.0.0", "5.5.0", "4.5.0"})


class Said:
    """A text to judge by, which is looked through once however often it is used."""

    def __init__(self, text: str) -> None:
        self.text = squeezed(text)

    @cached_property
    def ground(self) -> Ground | None:
        """The ground that the words give, if they give one."""
        return by_words(self.text)

    @cached_property
    def vague(self) -> Ground | None:
        """The ground that the words give at a stretch."""
        return by_words(self.text, _VAGUELY)

    @cached_property
    def status(self) -> str:
        return status_in(self.text)


def judged(said: Sequence[Said], *, status: str = "") -> Ground:
    """Return the ground that the texts give, the first that says anything counting."""
    ground = (
        next(filter(None, (each.ground for each in said)), None)
        or _by_codes(said, status)
        or next(filter(None, (each.vague for each in said)), None)
        or NOTHING
    )
    return _tempered(ground) if status.startswith("4") else ground


def _tempered(ground: Ground) -> Ground:
    """Return what a ground comes to in a notice that calls it temporary.

    A domain that is not found may be a fault of the DNS; one that takes no mail may change that.
    """
    if ground is _NO_DOMAIN:
        return _LOST
    return CLOSED if ground is _NULL_MX else ground


def by_words(text: str, table: Iterable[Wording] = _BY_WORDS) -> Ground | None:
    """Return the ground that the words of a text give, if they give one. Takes squeezed text."""
    if not text:
        return None
    return next((wording.ground for wording in table if wording.stands_in(text)), None)


def _by_codes(said: Sequence[Said], status: str) -> Ground | None:
    codes = [*(each.status for each in said), status]
    ground = next(filter(None, (_by_status(code) for code in codes)), None)
    if ground:
        return ground
    replies = (reply_in(each.text) for each in said)
    return next((_BY_REPLY[reply] for reply in replies if reply in _BY_REPLY), None)


def _by_status(status: str) -> Ground | None:
    if not status or status in _UNTOLD or status.startswith("2"):
        return None
    kind, subject, detail = status.split(".")
    if kind == "4" and subject in {"1", "4"}:
        return {"1": None, "4": Ground(Reason.NETWORK)}[subject]
    return _BY_STATUS.get(f"{subject}.{detail}") or _BY_SUBJECT.get(subject)


def status_in(text: str) -> str:
    """Return the first enhanced status (RFC 3463) in a text, or nothing."""
    match = _STATUS.search(text[:4000])
    return match[0] if match else ""


def reply_in(text: str) -> str:
    """Return the first reply code (RFC 5321 4.2) in a text, or nothing."""
    match = _REPLY.search(text[:4000])
    return match[0] if match else ""
