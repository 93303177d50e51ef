"""What a mail that came back, or came in answer, proves about one of ours.

A notice of any kind that brings back our envelope id or Message-ID proves that the first server
took the message: it was the one to pass it on, or to send it back. So does a reply. What else a
notice says is not read here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32
from email.utils import parsedate_to_datetime
from itertools import chain
from typing import Final
from uuid import UUID

from dispatch.domain.envelope import attempt_of
from dispatch.domain.evidence import Evidence
from dispatch.mail.address import spelled

MAX_BYTES: Final = 256 * 1024
"""What is read of a mail. The headers of a returned message stand near its beginning."""

MAX_PARTS: Final = 30
"""The parser calls itself for each part in a part, and is slow long before it falls over: with
these bounds the worst mail takes it two seconds."""

MAX_QUOTE: Final = 200
ENVELOPE_ID: Final = "Original-Envelope-Id"
"""RFC 3464 2.2.1."""


def evidence_in(mail: bytes, *, domain: str) -> tuple[Evidence, ...]:
    """Return what a mail proves: one piece of evidence for each delivery that it names.

    `domain` is the one in our Message-IDs. What cannot be read proves nothing, and raises nothing.
    """
    message_id = ours(domain)
    named: dict[UUID, Evidence] = {}
    # The parser has faults of its own: two spellings of one parameter make it raise TypeError.
    with suppress(Exception):
        for each in _found(mail[:MAX_BYTES], message_id):
            known = named.get(each.delivery_id)
            if known is None or known.attempt is None:
                named[each.delivery_id] = each
    return tuple(named.values())


def ours(domain: str) -> re.Pattern[str]:
    """Return what finds our Message-IDs in a text; its group is the delivery's id."""
    at_domain = re.escape(spelled(f"x@{domain}").removeprefix("x"))
    uuid = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    return re.compile(f"<({uuid}){at_domain}>", re.IGNORECASE)


def _found(mail: bytes, message_id: re.Pattern[str]) -> Iterator[Evidence]:
    """Give what the headers answer to, then what the parts bring back.

    The mail's own Message-ID proves nothing: it may be a copy of ours that never left.
    """
    root = _headers(mail)
    source = _source(root)
    at = _written_at(root)
    quote = _quote(root)
    answered = _named(root, message_id, "In-Reply-To", "References")
    for delivery_id, attempt in chain(answered, _brought_back(mail, message_id)):
        yield Evidence(delivery_id=delivery_id, attempt=attempt, source=source, at=at, quote=quote)


def _brought_back(mail: bytes, message_id: re.Pattern[str]) -> Iterator[tuple[UUID, int | None]]:
    """Give what the parts name: a notice's own fields, and the message or the headers in it."""
    if mail.lower().count(b"content-type:") > MAX_PARTS:
        return
    _, *parts = BytesParser(policy=compat32).parsebytes(mail).walk()
    for part in parts:
        for envelope_id in part.get_all(ENVELOPE_ID, []):
            if named := attempt_of(str(envelope_id)):
                yield named
        yield from _named(part, message_id, "Message-ID")
        if part.get_content_type() == "text/rfc822-headers":
            content = part.get_payload(decode=True)
            assert isinstance(content, bytes)  # noqa: S101 - for the type checker: it is no list
            yield from _named(_headers(content), message_id, "Message-ID")


def _headers(mail: bytes) -> Message:
    return BytesParser(policy=compat32).parsebytes(mail, headersonly=True)


def _named(
    part: Message, message_id: re.Pattern[str], *names: str
) -> Iterator[tuple[UUID, int | None]]:
    """Give the deliveries whose Message-IDs stand in these headers."""
    for name in names:
        for value in part.get_all(name, []):
            for found in message_id.findall(str(value)):
                yield UUID(found), None


def _source(root: Message) -> str:
    content_type = str(root.get("Content-Type", "")).lower()
    return "DSN" if "delivery-status" in content_type else "reply"


def _written_at(root: Message) -> datetime | None:
    """Return the mail's date in UTC; one that gives no zone is in UTC (RFC 5322 3.3)."""
    try:
        at = parsedate_to_datetime(str(root.get("Date")))
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def _quote(root: Message) -> str:
    """Return by what a person finds the mail, without what a database cannot hold."""
    own_id = " ".join(str(root.get("Message-ID", "")).split())
    return "".join(filter(str.isprintable, own_id))[:MAX_QUOTE] or "without a Message-ID"
