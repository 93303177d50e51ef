"""Notices as Exchange Online writes them, about messages of ours, and forgeries of them."""

from __future__ import annotations

from dataclasses import dataclass
from email import message_from_bytes
from typing import Final

FROM: Final = (
    "postmaster@tenant.onmicrosoft.example",
    '"Microsoft Outlook" <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@council.example>',
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """What one of these notices brings back. None has an envelope id or Original-Recipient."""

    third: str = ""
    """The type of the part that returns the message's headers; empty if there is none."""
    is_answer: bool = True
    """Whether In-Reply-To and References name the message."""
    quotes: bool = False
    """Whether its text has the headers of the message."""
    has_status: bool = True
    is_ndr: bool = True
    """Whether it has the header by which Exchange knows its own notices."""
    sender: str = FROM[0]


PATTERNS: Final = (
    Pattern(third="message/rfc822"),
    Pattern(third="message/rfc822", sender=FROM[1]),
    Pattern(third="message/rfc822", quotes=True),
    Pattern(third="message/rfc822", is_answer=False),
    Pattern(third="message/rfc822", is_answer=False, quotes=True, sender=FROM[1]),
    Pattern(third="message/rfc822", is_ndr=False),
    Pattern(third="text/rfc822-headers"),
    Pattern(third="text/rfc822-headers", is_answer=False),
    Pattern(third="message/rfc822-headers", quotes=True),
    Pattern(third="message/global-headers"),
    Pattern(),
    Pattern(sender=FROM[1]),
    Pattern(quotes=True),
    Pattern(quotes=True, sender=FROM[1]),
    Pattern(is_answer=False, quotes=True),
    Pattern(has_status=False),
    Pattern(has_status=False, quotes=True),
    Pattern(has_status=False, is_answer=False, quotes=True, sender=FROM[1]),
    Pattern(is_ndr=False),
    Pattern(is_answer=False),
)
"""Twenty, of which half return the message's headers in a part of their own."""


def returned(message: bytes) -> str:
    """Return the headers of a message, as a server returns them."""
    return message.partition(b"\r\n\r\n")[0].decode().replace("\r\n", "\n")


def ndr(
    message: bytes, pattern: Pattern, recipient: str, *, to: str, message_id: str = ""
) -> bytes:
    """Return a notice that a message did not reach a recipient.

    `message_id` is what the server calls the message, if not by our own Message-ID.
    """
    ours = message_from_bytes(message)
    known = message_id or str(ours["Message-ID"])
    head = returned(message).replace(str(ours["Message-ID"]), known)
    parts = [_words(recipient, head if pattern.quotes else "")]
    parts += [_status(recipient)] if pattern.has_status else []
    parts += [f"Content-Type: {pattern.third}\n\n{head}\n"] if pattern.third else []
    answers = f"In-Reply-To: {known}\nReferences: {known}\n" if pattern.is_answer else ""
    text = f"""\
Return-Path: <>
From: {pattern.sender}
To: <{to}>
Date: Wed, 22 Jul 2020 10:00:00 +0000
Content-Type: multipart/report; report-type=delivery-status; boundary="b1"
{"X-MS-Exchange-Message-Is-Ndr:" if pattern.is_ndr else "X-MS-Has-Attach:"}
Content-Language: en-GB
Message-ID: <{recipient}.{PATTERNS.index(pattern)}@ndr.prod.outlook.example>
{answers}Subject: Undeliverable: Annual Review letter 2020
Auto-Submitted: auto-replied
MIME-Version: 1.0

""" + "".join(f"--b1\n{part}\n" for part in parts)
    return f"{text}--b1--\n".replace("\n", "\r\n").encode()


def _words(address: str, quoted: str) -> str:
    original = f"\nOriginal message headers:\n\n{quoted}\n" if quoted else ""
    return f"""\
Content-Type: multipart/alternative; boundary="b2"

--b2
Content-Type: text/plain; charset="us-ascii"

Delivery has failed to these recipients or groups:

{address}<mailto:{address}>
The email address you entered couldn't be found. Please check the recipient's
email address and try to resend the message.

Diagnostic information for administrators:

Generating server: LO2P265MB0001.GBRP265.PROD.OUTLOOK.EXAMPLE

{address}
Remote server returned '550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient {address} not found'
{original}
--b2
Content-Type: text/html; charset="us-ascii"

<html><body><p>Delivery has failed to these recipients or groups:</p></body></html>

--b2--
"""


def _status(address: str) -> str:
    return f"""\
Content-Type: message/delivery-status

Reporting-MTA: dns;LO2P265MB0001.GBRP265.PROD.OUTLOOK.EXAMPLE
Received-From-MTA: dns;mail.test
Arrival-Date: Wed, 22 Jul 2020 10:00:00 +0000

Final-Recipient: rfc822;{address}
Action: failed
Status: 5.1.10
Diagnostic-Code: smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient {address} not found
"""
