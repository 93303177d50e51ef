"""Read the fields of a delivery status notification (RFC 3464), tolerantly.

Real notices put spaces before colons, omit the blank line between message and recipient fields,
repeat fields without one, write them into the text, or give an address without its type.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final

from dispatch.mail.notices.prose import found

MAX_RECIPIENTS: Final = 500
"""Recipients read from one notice. A notice about a message of ours has one."""

_FIELD: Final = re.compile(r"[ \t]{0,4}([A-Za-z][A-Za-z0-9-]{1,40})[ \t]{0,4}:[ \t]*(.*)")
_NAMES: Final = frozenset(
    {
        "final-recipient",
        "original-recipient",
        "x-actual-recipient",
        "action",
        "status",
        "diagnostic-code",
        "remote-mta",
        "last-attempt-date",
        "will-retry-until",
    }
)
_TELLING: Final = frozenset({"final-recipient", "original-recipient", "action", "status"})
_ADDRESSES: Final = ("original-recipient", "final-recipient", "x-actual-recipient")

Block = dict[str, str]
"""The fields about one recipient, by name in lower case."""


def pairs(text: str) -> Iterator[tuple[str, str]]:
    """Yield the fields of a text, unfolded; a pair of empty strings for a blank line."""
    name, value = "", ""
    for line in text.split("\n"):
        match = _FIELD.fullmatch(line.rstrip())
        if name and line[:1] in {" ", "\t"} and line.strip() and not _is_known(match):
            value = f"{value} {line.strip()}"
            continue
        if name:
            yield name, value
        name, value = (match[1].lower(), match[2]) if match else ("", "")
        if not line.strip():
            yield "", ""
    if name:
        yield name, value


def _is_known(match: re.Match[str] | None) -> bool:
    return match is not None and match[1].lower() in _NAMES


def blocks(text: str) -> tuple[Block, ...]:
    """Return the fields about each recipient in a text."""
    return tuple(islice(filter(_tells, _blocks(text)), MAX_RECIPIENTS))


def _blocks(text: str) -> Iterator[Block]:
    block: Block = {}
    for name, value in pairs(text):
        if (name in block and name in _TELLING) or (not name and _tells(block)):
            yield block
            block = {}
        if name in _NAMES:
            block.setdefault(name, value)
    yield block


def _tells(block: Block) -> bool:
    return not _TELLING.isdisjoint(block)


def address_in(block: Block) -> str:
    """Return the address that a block is about: as we wrote it, if possible, not as rewritten.

    An address whose domain has no dot is a server's own name for a mailbox: the last choice.
    """
    given = [address for name in _ADDRESSES if (address := _address(block.get(name, "")))]
    return next((each for each in given if "." in each.rpartition("@")[2]), *given[:1] or [""])


def _address(value: str) -> str:
    """Return the address of "rfc822; user@example.org", without a source route."""
    kind, separator, rest = value.partition(";")
    if separator and ("x400" in kind.lower() or rest.strip().startswith(("|", "/", '"|'))):
        return ""
    return next((each.address for each in reversed(list(found(rest if separator else value)))), "")
