"""What a reply's text holds: enhanced statuses wherever they stand, and replies that it quotes.

Servers put the status (RFC 3463) in front of each line, behind a `#`, in brackets, or only on the
second line. A relay that passes on another server's answer wraps it: `host … said: 550 5.1.1 …`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from dispatch.domain.replies.likeness import without_addresses

STATUS: Final = re.compile(r"(?<![\w.])([45])\.([0-7])\.(\d{1,3})(?!\d|\.\d)")
"""A status, and not a part of a version or of an address on the network."""

LINE_END: Final = re.compile(
    r"(?:(?<!\s)\s+)?\n\s*(?:[245]\d\d[ -])?(?:[245]\.\d{1,3}\.\d{1,3}\s)?"
)
"""Each line of a long reply may repeat the status (RFC 2034), and the code if it is quoted.

Spaces are taken from the first of them on alone, so that very many cost linear time."""

QUOTED: Final = re.compile(r"(?:->|=>|:)\s*[\"'(\[]?([45][0-5]\d)[ -]+(?=\S)")
"""What stands before another server's reply, with that reply's code."""

IN_REPLY_TO: Final = re.compile(
    r"\bin reply to (end of DATA|EHLO|HELO|LHLO|STARTTLS|AUTH|MAIL|RCPT|DATA)\b", re.IGNORECASE
)
"""What Postfix adds to a reply, in what it returns and in its log."""

MOST_QUOTED: Final = 3
"""How many servers deep a reply is looked into."""


@dataclass(frozen=True, slots=True)
class Said:
    """One server's answer to one command, as the table compares it."""

    verb: str
    code: int
    statuses: frozenset[tuple[int, int]]
    """Subject and detail of each status that is of the code's class."""
    words: str
    """Without addresses: a mailbox may be called spam."""


def said(verb: str, code: int, text: str) -> Iterator[Said]:
    """Yield what the servers say whose replies a reply quotes, the last in the row first."""
    found = [(verb, code, text)]
    while len(found) <= MOST_QUOTED and (quoted := QUOTED.search(text)):
        text = text[quoted.end() :]
        found.append((answered_in(text) or verb, int(quoted[1]), text))
    for each in reversed(found):
        yield _said(*each)


def answered_in(text: str) -> str | None:
    """Return the command that a server answered, if who passes the reply on says so."""
    found = IN_REPLY_TO.search(text)
    if found is None:
        return None
    return "." if found[1].lower() == "end of data" else found[1].upper()


def _said(verb: str, code: int, text: str) -> Said:
    kind = str(code // 100)
    statuses = frozenset(
        (int(found[2]), int(found[3])) for found in STATUS.finditer(text) if found[1] == kind
    )
    return Said(verb, code, statuses, without_addresses(LINE_END.sub(" ", text)))


def outermost(verb: str, code: int, text: str) -> Said:
    """Return what the server says that we talk to."""
    return _said(verb, code, text)
