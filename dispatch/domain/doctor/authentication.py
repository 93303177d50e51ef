"""What a receiving server says that it saw: Authentication-Results (RFC 8601).

Anybody can write such a header, so only one counts that bears the name of the receiving side.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from dispatch.domain.sending.receivers import stem

METHODS: Final = ("spf", "dkim", "dmarc")
COMMENT: Final = re.compile(r"\([^()]*\)")
RESULT: Final = re.compile(
    r"^\s*(?P<method>[\w-]+)(?:/\d+)?\s*=\s*(?P<result>\w+)\b(?P<rest>.*)$", re.DOTALL
)
PROPERTY: Final = re.compile(r"\b(?:header|smtp)\.(?:d|i|from|mailfrom|s)\s*=\s*(?P<value>\S+)")


@dataclass(frozen=True, slots=True)
class Seen:
    """The result of one method, with what it was about."""

    method: str
    result: str
    about: str


def seen(headers: Iterable[str], receivers: Collection[str]) -> list[Seen] | None:
    """Return what the receiving side says of SPF, DKIM and DMARC; None if it says nothing.

    `headers` are the values of Authentication-Results from the top; `receivers` the names of the
    receiving side: the domain, its exchangers, the mailbox's server.
    """
    for header in headers:
        name, *results = COMMENT.sub(" ", " ".join(header.split())).split(";")
        words = name.split()
        has_name = bool(words) and "=" not in words[0]
        if not has_name and any(_is_microsoft(each) for each in receivers):
            results = [name, *results]  # Exchange Online leaves its own name out
        elif not has_name or not any(is_kin(words[0], each) for each in receivers):
            continue
        return [each for text in results if (each := _result(text))]
    return None


def _is_microsoft(host: str) -> bool:
    return host.lower().endswith((".outlook.com", ".mx.microsoft", ".office365.com"))


def _result(text: str) -> Seen | None:
    found = RESULT.match(text)
    if not found or found["method"].lower() not in METHODS:
        return None
    about = ", ".join(each["value"].strip('"<>') for each in PROPERTY.finditer(found["rest"]))
    return Seen(found["method"].lower(), found["result"].lower(), about)


def is_kin(one: str, other: str) -> bool:
    """Whether two host names belong to one organisation, as their last labels show."""
    return stem(one) == stem(other)
