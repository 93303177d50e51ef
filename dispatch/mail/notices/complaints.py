"""Complaints (RFC 5965), and Amazon's notifications in JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any, Final

from dispatch.domain.address import folded
from dispatch.domain.notice import Action, Fate
from dispatch.mail.notices.fields import MAX_RECIPIENTS, pairs
from dispatch.mail.notices.parsed import Parsed
from dispatch.mail.notices.prose import addresses, first_address, squeezed
from dispatch.mail.notices.reasons import Said, judged, status_in

_WHO: Final = frozenset({"original-rcpt-to", "removal-recipient", "redacted-address"})
_BY_HAND: Final = re.compile(
    r"complaint about message from|abuse (?:report|complaint)|spam (?:report|complaint)|fbl report"
    r"|feedback loop|email feedback report|unsubscribe complaint",
    re.IGNORECASE,
)
_SAID: Final = ("abuse report", "complaint", "reported as spam", "marked as spam", "as junk")
_MAX_NESTED: Final = 40
"""How deep brackets may lie in each other."""

_OPT_OUT: Final = frozenset({"unsubscribe", "list-unsubscribe", "opt out", "opt-out", "optout"})
_BUTTON_WORDS: Final = 200
"""Characters that such a program writes at most; a person who asks for it writes a letter."""

_BRACKET: Final = re.compile(r"[\[\]{}]")
_BROKEN: Final = re.compile(r"\n[ \t]?")
_REPORTED: Final = ("X-HmXmrOriginalRecipient", "To", "X-Original-To", "Delivered-To")


def is_complaint(mail: Parsed) -> bool:
    """Whether somebody reported a message of ours as spam."""
    if mail.has_feedback:
        return True
    if mail.root.get("X-HmXmrOriginalRecipient") or _opts_out(mail):
        return True
    if not mail.returned:
        return False
    about = _BY_HAND.search(mail.header("Subject"))
    said = squeezed(mail.text[:4000])
    return _is_hotmail(mail) or (bool(about) and any(phrase in said for phrase in _SAID))


def _is_hotmail(mail: Parsed) -> bool:
    return any(each.get("X-HmXmrOriginalRecipient") for each in mail.returned)


def _opts_out(mail: Parsed) -> bool:
    """Whether a reader pressed the button by which their mail program turns us away."""
    subject = mail.header("Subject").strip().lower()
    return subject in _OPT_OUT and len(squeezed(mail.text)) < _BUTTON_WORDS


def complainants(mail: Parsed) -> tuple[str, ...]:
    """Return who complained: as the report says, or else the message's recipient."""
    said = (first_address(value) for name, value in pairs(mail.feedback) if name in _WHO)
    given = tuple(dict.fromkeys(filter(None, said)))[:MAX_RECIPIENTS]
    if given:
        return given
    if own := mail.addresses("X-HmXmrOriginalRecipient"):
        return own[:1]
    for name in _REPORTED:
        reported = mail.returned_addresses(name)
        if reported:
            return reported[:1]
    return mail.addresses("From")[:1] if _opts_out(mail) else ()


def announced(mail: Parsed) -> tuple[str, tuple[Fate, ...], tuple[str, ...]]:
    """Return kind, fates and complainants of a notification in JSON; empty if it is not one."""
    said = _json(mail.text)
    kind = str(said.get("notificationType") or said.get("eventType") or "").lower()
    match kind:
        case "bounce":
            return kind, tuple(_bounced(_dict(said.get("bounce")))), ()
        case "complaint":
            rows = _rows(_dict(said.get("complaint")).get("complainedRecipients"))
            return kind, (), tuple(_address(row) for row in rows)
        case "delivery":
            return kind, tuple(_delivered(_dict(said.get("delivery")))), ()
    return "", (), ()


def _json(text: str) -> dict[str, Any]:
    """Return the JSON object that a text begins with, or the one inside its `Message`."""
    said = _decoded(text.lstrip())
    inner = said.get("Message")
    return _decoded(inner) if isinstance(inner, str) else said


def _decoded(text: str) -> dict[str, Any]:
    """Return the object at the beginning of a text, whose long lines a server may have broken."""
    if not text.startswith("{") or _depth(text) > _MAX_NESTED:
        return {}
    with suppress(ValueError, RecursionError):
        said, _ = json.JSONDecoder(strict=False).raw_decode(_BROKEN.sub("", text))
        return _dict(said)
    return {}


def _depth(text: str) -> int:
    """Return how deep brackets lie in each other at most, those in strings included."""
    depth = deepest = 0
    for each in _BRACKET.finditer(text):
        depth += 1 if each[0] in "[{" else -1
        deepest = max(deepest, depth)
    return deepest


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _rows(value: object) -> list[Any]:
    return value[:MAX_RECIPIENTS] if isinstance(value, list) else []


def _address(row: object) -> str:
    return first_address(str(_dict(row).get("emailAddress", "")))


def _bounced(said: dict[str, Any]) -> Iterator[Fate]:
    for row in _rows(said.get("bouncedRecipients")):
        diagnostic = str(_dict(row).get("diagnosticCode", ""))
        status = status_in(str(_dict(row).get("status", "")))
        texts = (Said(diagnostic), Said(str(said.get("bounceSubType", ""))))
        cause = judged(texts, status=status)
        yield Fate(
            address=_address(row),
            action=Action.FAILED,
            status=status,
            reason=cause.reason,
            is_hard=cause.is_hard,
            is_about_us=cause.is_about_us,
            text=diagnostic,
        )


def _delivered(said: dict[str, Any]) -> Iterator[Fate]:
    reply = str(said.get("smtpResponse", ""))
    for address in addresses(" ".join(map(str, _rows(said.get("recipients"))))):
        yield Fate(address=address, action=Action.DELIVERED, status=status_in(reply), text=reply)


def readers(mail: Parsed) -> Iterable[str]:
    """Return who sent the receipt: the final recipient, or else the sender."""
    said = [
        first_address(value.partition(";")[2] or value)
        for name, value in pairs(mail.disposition)
        if name in {"final-recipient", "original-recipient"}
    ]
    return list({folded(each): each for each in said if each}.values())[:1] or mail.addresses(
        "From"
    )
