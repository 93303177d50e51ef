"""Addresses as messages and SMTP commands spell them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import idna

from dispatch.domain.errors import BadInput

DOT_ATOMS: Final = re.compile(
    r'[^\x00-\x20\x7f-\xa0()<>\[\]:;@\\,"\s]+@[^\x00-\x20\x7f-\xa0()<>\[\]:;@\\,"\s]+'
)
"""A local part and a domain without a character that ends an address; no quoted local parts."""


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A name and an address for From, To and Cc. The name may be empty."""

    name: str
    address: str


@lru_cache(maxsize=1024)  # each address of a message is asked for three times, the sender's always
def spelled(address: str) -> str:
    """Return the address in ASCII if possible: the domain's A-labels (IDNA 2008, UTS 46).

    A local part outside ASCII has no other spelling and needs SMTPUTF8 (RFC 6531); its address
    is left unchanged. Raises `BadInput` for anything that is not an address, or that would end a
    header or a command.
    """
    if not DOT_ATOMS.fullmatch(address):
        raise BadInput("this is not an address that email can use: it needs one @ and no spaces")
    local_part, _, domain = address.partition("@")
    if address.isascii() or not local_part.isascii():
        return address
    try:
        return f"{local_part}@{idna.encode(domain, uts46=True).decode()}"
    except idna.IDNAError as error:
        raise BadInput(
            "this is not an address that email can use: its domain cannot exist"
        ) from error
