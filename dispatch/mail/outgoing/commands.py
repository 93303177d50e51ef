"""What is said to a mail server before a message, with the extensions that it offers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from dispatch.domain.envelope import Envelope
from dispatch.domain.errors import BadInput
from dispatch.mail.outgoing.address import spelled

NOT_XTEXT: Final = re.compile(r"[^!-*,-<>-~]")


def commands(
    envelope: Envelope, message: bytes, offered: Mapping[str, str], *, needs_smtputf8: bool = False
) -> dict[str, str]:
    """Return the commands in their order, each by its verb and as it is said.

    `offered` are the extensions from EHLO by their names in small letters. Raises BadInput for
    what this server offers no way to say, and for what is no address.
    """
    mail_from = envelope.mail_from and spelled(envelope.mail_from)
    rcpt_to = spelled(envelope.rcpt_to)
    needs = {
        "smtputf8": needs_smtputf8 or not (mail_from + rcpt_to).isascii(),
        "8bitmime": not message.isascii(),
    }
    for extension, is_needed in needs.items():
        if is_needed and extension not in offered:
            raise BadInput(f"the server cannot take this message without {extension.upper()}")
    said = [name for name, is_needed in needs.items() if is_needed]
    mail = _mail_parameters(envelope.envid, len(message), said, offered)
    return {
        "MAIL": " ".join([f"MAIL FROM:<{mail_from}>", *mail]),
        "RCPT": " ".join([f"RCPT TO:<{rcpt_to}>", *_rcpt_parameters(rcpt_to, offered)]),
        "DATA": "DATA",
    }


def xtext(value: str) -> str:
    """Return an ASCII value as the parameters of RFC 3461 spell it."""
    return NOT_XTEXT.sub(lambda found: f"+{ord(found[0]):02X}", value)


def _mail_parameters(
    envid: str, size: int, needed: list[str], offered: Mapping[str, str]
) -> Iterator[str]:
    """Give the size (RFC 1870), what the message needs (RFC 6152, 6531) and its id (RFC 3461)."""
    if "size" in offered:
        yield f"SIZE={size}"
    if "8bitmime" in needed:
        yield "BODY=8BITMIME"
    if "smtputf8" in needed:
        yield "SMTPUTF8"
    if "dsn" in offered:
        yield f"RET=HDRS ENVID={xtext(envid)}"


def _rcpt_parameters(rcpt_to: str, offered: Mapping[str, str]) -> Iterator[str]:
    """Ask to be told what becomes of the message, and whom it was first addressed to."""
    if "dsn" in offered:
        yield "NOTIFY=SUCCESS,FAILURE,DELAY"
        if rcpt_to.isascii():
            yield f"ORCPT=rfc822;{xtext(rcpt_to)}"
