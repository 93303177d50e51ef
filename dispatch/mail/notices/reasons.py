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
from dispatch.mail.notices.about_us import is_before_recipient
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
    _given_by(Cause(Reason.SYSTEM), trouble.AMBIGUOUS),
    _given_by(SPAM, content.SURELY_SPAM),
    _given_by(US, content.ATTACHMENT),
    _given_by(US, reputation.UNPROVEN, reputation.NO_REVERSE_NAME, reputation.REPUTATION),
    _given_by(US, reputation.TOO_FAST),
    _given_by(Cause(Reason.TOO_LARGE), mailbox.TOO_LARGE),
    _given_by(DEAD, closed.MOVED),
    _given_by(Cause(Reason.DISABLED), closed.DISABLED),
    _given_by(US, sender.NO_RELAY, sender.NOT_A_MEMBER, sender.SENDER),
    _given_by(WISH, closed.NOT_FROM_US),
    _given_by(_NULL_MX, domain.NULL_MX),
    _given_by(Cause(Reason.NETWORK), trouble.STILL_TRYING),
    _given_by(WISH, closed.FILTERED),
    _given_by(DEAD, unknown.UNKNOWN, abroad.UNKNOWN),
    _given_by(_NO_DOMAIN, domain.UNKNOWN_DOMAIN),
    _given_by(US, reputation.BLOCKED),
    _given_by(WISH, reputation.TURNED_AWAY),
    _given_by(SPAM, content.SPAM),
    _given_by(US, content.POLICY, sender.UNSAFE, sender.AT_GREETING),
    _given_by(NOTHING, trouble.SAYS_NOTHING),
    _given_by(SPAM, content.MALFORMED),
    _given_by(DEAD, unknown.UNAVAILABLE),
    _given_by(Cause(Reason.NETWORK), trouble.NETWORK),
    _given_by(Cause(Reason.SYSTEM), trouble.SYSTEM, trouble.SYNTAX),
    _given_by(Cause(Reason.NETWORK), trouble.EXPIRED),
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

CODE: Final = r"[245]\.\d{1,3}\.\d{1,3}"
_STATUS: Final = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.]*\d)")
_REPLY: Final = re.compile(r"(?<![\d.-])(?<!\d:)([245][0-5]\d)(?=[ -]|$)")
_SAYS_NOTHING: Final = frozenset({"5.0.0", "4.0.0", "5.5.0", "4.5.0"})


_REPEATED: Final = re.compile(r"(?<![\d.])([245]\d\d)[- ](?:([245]\.\d{1,3}\.\d{1,3})[ :]\s?)?")
"""The code that begins each line of a reply (RFC 5321 4.2.1), with its status (RFC 2034)."""

_INNER: Final = re.compile(
    r"(?:said|returned was|server returned|server (?:answered|responded)|responded(?: with)?"
    r"|response(?: from [^:]{0,80})? was|error (?:message )?(?:was|is)|answer was|replied(?: with)?"
    r"|after (?:rcpt to|data|end of data|pipelined data)[^:]{0,200}(?::<[^>]{0,300}>)?)\s?:\s"
)
"""How the program that reports introduces what the other server said."""


class Said:
    """A text to judge by, searched only once however often it is used."""

    def __init__(self, text: str) -> None:
        self.named = _TRAILER.sub(r"\1", _unrepeated(squeezed(text)))
        self.text = _without_names(self.named)

    @cached_property
    def cause(self) -> Cause | None:
        """The cause that the words show, if they show one: first those of the innermost reply."""
        inner = self.reply
        return (by_words(inner) if inner != self.text else None) or by_words(self.text)

    @cached_property
    def reply(self) -> str:
        """What the other server said, where that is told apart."""
        ends = [match.end() for match in _INNER.finditer(self.text)]
        return self.text[ends[-1] :] if ends else self.text

    @cached_property
    def is_before_recipient(self) -> bool:
        """Whether the reply came before the recipient was named."""
        return is_before_recipient(self.text)

    @cached_property
    def vague(self) -> Cause | None:
        """The cause that the words may show, if nothing better is known."""
        return by_words(self.text, _VAGUELY)

    @cached_property
    def status(self) -> str:
        return status_in(self.text)


_TRAILER: Final = re.compile(r"(\bsaid: .{3,2000}?) giving up on [\w.:-]{1,100}")
"""What qmail adds to a server's reply, whatever it was."""


def _without_names(text: str) -> str:
    """Return squeezed text with an "x" in place of what stands before each "@".

    Somebody's name, or a mailbox's, may be a word that gives a reason.
    """
    return _LOCAL_PART.sub("x@", text) if "@" in text else text


_LOCAL_PART: Final = re.compile(r"(?<![\w.+-])[a-z0-9][\w.+-]{0,63}@")


def _unrepeated(text: str) -> str:
    """Return squeezed text without the codes that a reply repeats at the beginning of each line.

    Reports run the lines together, and the codes would stand amid a phrase.
    """
    first = _REPEATED.search(text)
    if first is None or text.count(first[1]) == 1:
        return text
    head, rest = text[: first.end()], text[first.end() :]
    return head + re.sub(rf"(?<![\d.]){first[1]}[- ](?:{CODE}[ :]\s?)?", "", rest)


def judged(
    said: Sequence[Said],
    *,
    status: str = "",
    around: Said | None = None,
    is_us: bool = False,
    is_program: bool = False,
) -> Cause:
    """Return the cause that the texts about a recipient show, and `around`, all of the notice.

    The first text that shows one counts. Words that stand elsewhere in the notice, such as a
    scanner's footer, count only where no code says exactly what it was. `is_us` if a text names us
    as what was refused, `is_program` if a program failed on their machine, and no server.
    """
    about = [*said, around] if around else list(said)
    codes = [*(each.status for each in said), status]
    cause = (
        _first(each.cause for each in said)
        or _first(map(_exactly, codes))
        or (around.cause if around else None)
        or _by_codes(about, status)
        or _first(each.vague for each in about)
        or NOTHING
    )
    if is_us or any(each.is_before_recipient for each in said):
        cause = _about_us(cause)
    if is_program and cause.reason in _NOT_OF_PROGRAMS:
        cause = Cause(Reason.SYSTEM)
    return _tempered(cause, codes) if _is_temporary(said, status) else cause


def _first(causes: Iterable[Cause | None]) -> Cause | None:
    return next(filter(None, causes), None)


def _about_us(cause: Cause) -> Cause:
    """Return a cause as it counts where the recipient was not what was refused."""
    return US if cause.is_hard or cause.reason in _ABOUT_RECIPIENTS else cause


_ABOUT_RECIPIENTS: Final = frozenset(
    {Reason.BAD_ADDRESS, Reason.DISABLED, Reason.MAILBOX_FULL, Reason.POLICY, Reason.UNKNOWN}
)


_NOT_OF_PROGRAMS: Final = frozenset({Reason.POLICY, Reason.NETWORK, Reason.UNKNOWN})
"""What the words of a failed program may look like."""


def _is_temporary(said: Sequence[Said], status: str) -> bool:
    """Whether the reply or the status about a recipient is one of 4xx or 4.x.x."""
    reply = next(filter(None, (reply_in(each.reply) for each in said)), "")
    told = reply or next(filter(None, (each.status for each in said)), "")
    return status.startswith("4") or told.startswith("4")


def _tempered(cause: Cause, codes: Iterable[str]) -> Cause:
    """Return a cause as it counts in a notice that calls the failure temporary.

    A domain that is not found may be a fault of the DNS; one that takes no mail may change that;
    an address that is not found now may be found later.
    """
    if cause is _NO_DOMAIN:
        return _LOST
    if cause is _NULL_MX:
        return CLOSED
    if not cause.is_hard:
        return cause
    return Cause(Reason.MAILBOX_FULL if "4.2.2" in codes else Reason.SYSTEM)


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


def _exactly(status: str) -> Cause | None:
    """Return the cause of a status that says exactly what it was."""
    return None if status.startswith(("2", "4")) else _BY_STATUS.get(status.partition(".")[2])


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
