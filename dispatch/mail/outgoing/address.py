"""Addresses as mail spells them, in headers and on the wire."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

import idna

from dispatch.domain.errors import BadInput

DOT_ATOMS: Final = re.compile(
    r'[^\x00-\x20\x7f-\xa0()<>\[\]:;@\\,"\s]+@[^\x00-\x20\x7f-\xa0()<>\[\]:;@\\,"\s]+'
)
"""Nothing in it can end an address early. Quoted local parts are left out: nobody has one."""


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A name and an address, as they stand in From, To and Cc. The name may be empty."""

    name: str
    address: str


def spelled(address: str) -> str:
    """Return the address in ASCII if it can be: the domain's A-labels (IDNA 2008, UTS 46).

    A local part outside ASCII has no other spelling and needs SMTPUTF8 (RFC 6531); its address
    is left as it is. Raises BadInput for what is no address, or would end a header or a command.
    """
    if not DOT_ATOMS.fullmatch(address):
        raise BadInput("this is no address that mail can carry: it needs one @ and no spaces")
    local_part, _, domain = address.partition("@")
    if address.isascii() or not local_part.isascii():
        return address
    try:
        return f"{local_part}@{idna.encode(domain, uts46=True).decode()}"
    except idna.IDNAError as error:
        raise BadInput("this is no address that mail can carry: no such domain can be") from error
