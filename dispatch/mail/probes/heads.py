"""The headers of a message that came in, read only as far as the doctor needs them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from email.parser import BytesHeaderParser
from typing import Final

from dispatch.domain.doctor.dmarc import tags_of

MOST_OCTETS: Final = 128 * 1024


@dataclass(frozen=True, slots=True)
class Head:
    """What the headers of a message say."""

    message_id: str = ""
    delivery_id: str = ""
    """As our own header says it."""
    signed: str = ""
    return_path: str = ""
    results: tuple[str, ...] = ()
    """The values of Authentication-Results (RFC 8601), from the top."""
    signatures: tuple[dict[str, str], ...] = field(default=())
    """The tags of each DKIM-Signature (RFC 6376 3.5)."""


def head_of(content: bytes) -> Head:
    """Return what the headers at the top of a message say; its body is not read."""
    octets = re.split(rb"\r?\n\r?\n", content[:MOST_OCTETS], maxsplit=1)[0]
    found = BytesHeaderParser().parsebytes(octets + b"\n\n")

    def first(name: str) -> str:
        return " ".join(str(found.get(name, "")).split())

    return Head(
        message_id=first("Message-ID"),
        delivery_id=first("X-Dispatch-Delivery"),
        signed=first("X-Dispatch-Signed"),
        return_path=first("Return-Path").strip("<>"),
        results=tuple(str(each) for each in found.get_all("Authentication-Results", [])),
        signatures=tuple(tags_of(str(each)) for each in found.get_all("DKIM-Signature", [])),
    )
