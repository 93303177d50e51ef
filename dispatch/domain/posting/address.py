"""A postal address: how it is read and kept, and what stands in the window of the envelope.

It is kept on one line, its parts joined by commas: "Town Hall, Chapel Road, Worthing, BN11 1HA".
Each part is a line on the envelope. Royal Mail asks for the post town and the postcode on lines of
their own, the postcode last, and for seven lines at most.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from dispatch.domain.register.authority import Authority, Contact

POSTCODE: Final = re.compile(
    r"\b((?:[A-Z]{1,2}[0-9][A-Z0-9]?|GIR)) ?([0-9][A-Z]{2})$", re.IGNORECASE
)
"""At the end of an address in the United Kingdom, the Channel Islands or the Isle of Man."""

COUNTRIES: Final = frozenset({"uk", "united kingdom", "england", "great britain"})
"""What people write after the postcode, and no letter within the country needs."""

NUMBER: Final = re.compile(r"[0-9]{1,4}[A-Za-z]?(?:[-/\u2013][0-9]{1,4}[A-Za-z]?)?")
"""The number of a house, which belongs to the street after it."""

MOST_LINES: Final = 7
"""As many as an envelope has, the addressee's own included."""

MOST_PARTS: Final = 6
"""As many as an address may have: the addressee takes a line at least."""

WIDEST: Final = 45
"""Characters on a line that can be read in the window of a C5 envelope."""


class NotAnAddress(ValueError):
    """A text that post cannot be sent to; the message says what is wrong, as of a cell."""


def read(text: str) -> str:
    """Return a postal address as it is kept; its lines may be joined by commas, or be lines.

    Raises `NotAnAddress`.
    """
    parts = [" ".join(each.split()) for each in re.split(r"[,;\r\n\u2028\u2029]+", text)]
    parts = [each for each in parts if each]
    if len(parts) > 1 and parts[-1].rstrip(".").casefold() in COUNTRIES:
        parts.pop()
    parts = list(_with_numbers(parts))
    found = POSTCODE.search(parts[-1]) if parts else None
    if found is None:
        raise NotAnAddress(
            "does not end with a postcode; write it as Town Hall, High Street, Anytown, AB1 2CD"
        )
    before = parts[-1][: found.start()].strip()
    postcode = f"{found[1]} {found[2]}".upper()
    parts[-1:] = [*([before] if before else []), postcode]
    _refuse(parts)
    return ", ".join(parts)


def _with_numbers(parts: Iterable[str]) -> Iterator[str]:
    """Yield the parts, a number joined to the street that follows it."""
    number = ""
    for each in parts:
        if NUMBER.fullmatch(each) and not number:
            number = each
            continue
        yield f"{number} {each}".strip()
        number = ""
    if number:
        yield number


def _refuse(parts: list[str]) -> None:
    if len(parts) < 2:  # noqa: PLR2004 - a place and its postcode
        raise NotAnAddress("is a postcode alone; write the building and the street in front of it")
    if len(parts) > MOST_PARTS:
        raise NotAnAddress(
            f"has {len(parts)} lines, and {MOST_PARTS} are the most that fit beside the name"
        )
    if long := next((each for each in parts if len(each) > WIDEST), None):
        raise NotAnAddress(
            f'has a line of {len(long)} characters ("{long}"), and {WIDEST} are the most that fit '
            f"in the window; put a comma where it may break"
        )


def block(contact: Contact, authority: Authority) -> tuple[str, ...]:
    """Return what stands in the window: who, their post, the authority, and where.

    The name and the post share a line if there is no room for both, and the authority is not named
    twice. Raises `NotAnAddress` without a postal address, or if it needs more lines than there are.
    """
    if not contact.postal_address:
        raise NotAnAddress("has no postal address")
    where = contact.postal_address.split(", ")
    own = {authority.official_name.casefold(), authority.name.casefold()}
    body = [*_wrapped(authority.official_name)]
    if where[0].casefold() in own:
        where = where[1:]
    who = [contact.full_name]
    if contact.title.casefold() != contact.full_name.casefold():
        together = f"{contact.full_name}, {contact.title}"
        is_full = len(body) + len(where) + 2 > MOST_LINES
        who = [together] if is_full and len(together) <= WIDEST else [*who, contact.title]
    lines = [line for each in who for line in _wrapped(each)] + body + where
    if len(lines) > MOST_LINES:
        raise NotAnAddress(
            f"has an address of {len(lines)} lines with the name and the post, and {MOST_LINES} "
            f"are the most that fit in the window; shorten it"
        )
    return tuple(lines)


def _wrapped(text: str) -> Iterator[str]:
    """Yield a text in lines that fit, broken between words."""
    line = ""
    for word in text.split():
        if line and len(line) + 1 + len(word) > WIDEST:
            yield line
            line = word
        else:
            line = f"{line} {word}".strip()
    if line:
        yield line
