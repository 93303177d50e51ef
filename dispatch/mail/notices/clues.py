"""Clues to the delivery that a message is about: every candidate, verbatim and unproven."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from email.message import Message
from itertools import islice
from typing import Final

from dispatch.domain.notice import Clue
from dispatch.mail.notices.complaints import is_complaint
from dispatch.mail.notices.fields import pairs
from dispatch.mail.notices.kinds import is_automatic, is_daemon
from dispatch.mail.notices.parsed import Parsed, decoded, values
from dispatch.mail.notices.prose import addresses

MAX_CLUES: Final = 50
"""Candidates of each kind that are kept."""

_ID: Final = re.compile(r"<[^\s<>@]{1,250}@[^\s<>@]{1,250}>")
_LABELLED: Final = re.compile(
    r"message[- ]?id(?:entifier)?\b[^<\n]{0,40}(<[^\s<>@]{1,250}@[^\s<>@]{1,250}>)", re.IGNORECASE
)
_MESSAGE_IDS: Final = (
    "X-Microsoft-Original-Message-ID",
    "X-Google-Original-Message-ID",
    "Message-ID",
)
"""Where a returned message has our Message-ID: some servers put one of their own in its place."""

_TO: Final = (
    "Delivered-To",
    "X-Original-To",
    "Envelope-To",
    "X-Envelope-To",
    "X-Delivered-To",
    "To",
    "Cc",
)


def clues(mail: Parsed) -> dict[Clue, tuple[str, ...]]:
    """Return the candidates of each kind, in the order of the message."""
    returned = _returned_ids(mail)
    is_forwarded = mail.is_wrapped and not (is_automatic(mail) or is_daemon(mail))
    found = {
        Clue.RETURN_PATH: (each for each in _sent_to(mail) if "+" in each),
        Clue.SIGNED_HEADER: _signed(mail),
        Clue.RETURNED_MESSAGE_ID: () if is_forwarded else returned,
        Clue.ANSWERED: _ids([mail.root], "In-Reply-To", "References"),
        Clue.QUOTED_MESSAGE_ID: (*(returned if is_forwarded else ()), *_quoted(mail)),
        Clue.ENVELOPE_ID: _envelope_ids(mail),
        Clue.DELIVERY_HEADER: _values(mail.returned, "X-Dispatch-Delivery"),
    }
    kept = {clue: tuple(islice(dict.fromkeys(given), MAX_CLUES)) for clue, given in found.items()}
    return {clue: given for clue, given in kept.items() if given}


def message_id(mail: Parsed, found: dict[Clue, tuple[str, ...]]) -> str:
    """Return the Message-ID of our message that this one is about."""
    named = (
        *_returned_ids(mail),
        *found.get(Clue.ANSWERED, ()),
        *_labelled(mail),
    )
    return next(iter(named), "")


def _sent_to(mail: Parsed) -> Iterator[str]:
    """Yield the addresses that a message was sent to.

    A complaint may go to another mailbox than the return path; then the report holds that path.
    """
    yield from mail.addresses(*_TO)
    if is_complaint(mail):
        for name, value in pairs(mail.feedback):
            if name == "original-mail-from":
                yield from addresses(value)
        yield from mail.returned_addresses("Return-Path")


def _signed(mail: Parsed) -> Iterator[str]:
    """Yield our signed headers, from where a mail server alone puts them."""
    if mail.has_status:
        yield from _values(mail.reported, "X-Dispatch-Signed")


def _values(messages: Iterable[Message], *names: str) -> Iterator[str]:
    for message in messages:
        for name in names:
            for value in values(message, name):
                yield decoded(value)


def _ids(messages: Iterable[Message], *names: str) -> Iterator[str]:
    for value in _values(messages, *names):
        yield from _ID.findall(value)


def _returned_ids(mail: Parsed) -> tuple[str, ...]:
    return tuple(islice(_ids(mail.returned, *_MESSAGE_IDS), MAX_CLUES))


def _quoted(mail: Parsed) -> Iterator[str]:
    """Yield what may be a Message-ID in the text; an address in brackets looks like one."""
    yield from _labelled(mail)
    for text in (mail.text, mail.quoted):
        yield from _ID.findall(text)


def _labelled(mail: Parsed) -> Iterator[str]:
    """Yield what is labelled as a Message-ID, in a field of a report or a line of the text."""
    for part in (mail.status, mail.feedback, mail.disposition):
        for name, value in pairs(part):
            if name.endswith("message-id"):
                yield from _ID.findall(value)
    for match in _LABELLED.finditer(mail.text):
        yield match[1]


def _envelope_ids(mail: Parsed) -> Iterator[str]:
    for part in (mail.status, mail.feedback, mail.text):
        for name, value in pairs(part):
            if name == "original-envelope-id" and value.strip():
                yield value.strip()
