"""Addresses, lines and sentences in text, and HTML as text.

An address is searched from its "@" outwards, a bounded way in each direction: a pattern that
tries every character as a beginning takes hours over a long token.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from itertools import islice
from typing import Final

MAX_TEXT: Final = 32 * 1024
"""Characters of text that are read, and of HTML once its tags are removed."""

MAX_LINE: Final = 2000
MAX_ADDRESSES: Final = 1000
_LOCAL: Final = re.compile(r"[\w!#$%&'*+/=?^`{|}~.-]{1,64}")
_DOMAIN: Final = re.compile(r"[^\W_](?:[\w-]{0,62}[^\W_])?(?:\.[^\W_](?:[\w-]{0,62}[^\W_])?){0,9}")
_TYPE: Final = re.compile(r"(?:smtp|rfc822|rfc-822)=", re.IGNORECASE)
"""The prefix of an address in X.400 notation."""

_TAG: Final = re.compile(r"<[^<>]{0,3000}>")
_BREAK: Final = re.compile(
    r"<(?:br|/?p|/?div|/?tr|/?li|/?h\d|/?table)\b[^<>]{0,500}>", re.IGNORECASE
)
_HIDDEN: Final = ("style", "script", "title")
_BELOW: Final = re.compile(
    r"^[ \t*_]*(?:From|Von|De)\s?:[^\n]{1,300}\n[\s*]{0,20}(?:Sent|Gesendet|Envoy\S)\s?:",
    re.IGNORECASE | re.MULTILINE,
)
"""How Outlook introduces the message that was answered."""

_QUOTED: Final = re.compile(
    r"^[ \t]*(?:>[^\n]*|On\b[^\n]{6,200}(?:\n[^\n]{0,100})?\bwrote:[ \t]*)$",
    re.IGNORECASE | re.MULTILINE,
)
_FOOTER: Final = re.compile(r"^(?:-- ?|[ \t]{0,8}(?:_{20,}|\*{20,}|-{40,}|={40,}))$", re.MULTILINE)
_SENTENCE: Final = re.compile(r"(?<=[.!?。])\s+(?=\S)|\n[ \t]*\n")


@dataclass(frozen=True, slots=True)
class Found:
    """An address in a text, and where it begins and ends."""

    address: str
    start: int
    end: int


def found(text: str) -> Iterator[Found]:
    """Yield the addresses in a text, in order, each as often as it occurs."""
    return islice(_found(text), MAX_ADDRESSES)


def _found(text: str) -> Iterator[Found]:
    at = text.find("@")
    while at >= 0:
        local = _LOCAL.match(text[max(0, at - 64) : at][::-1])
        domain = _DOMAIN.match(text, at + 1)
        if local and domain:
            name = _TYPE.sub("", local.group()[::-1].lstrip("'.`*"))
            is_hidden = name.endswith("...") or _is_cut(text, domain)
            if name and not is_hidden:
                yield Found(f"{name}@{domain.group()}", at - len(name), domain.end())
        at = text.find("@", at + 1)


def _is_cut(text: str, domain: re.Match[str]) -> bool:
    """Whether a domain was cut short, as some archives do to hide an address."""
    return "." not in domain[0] and text.startswith("...", domain.end())


def addresses(text: str) -> tuple[str, ...]:
    """Return the addresses in a text, each once, in order."""
    return tuple(dict.fromkeys(each.address for each in found(text)))


def first_address(text: str) -> str:
    """Return the first address in a text, or an empty string."""
    return next((each.address for each in found(text)), "")


def lines(text: str) -> list[str]:
    """Return the lines of a text, each cut to `MAX_LINE` characters."""
    return [line[:MAX_LINE].rstrip() for line in text.split("\n")]


def squeezed(text: str) -> str:
    """Return a text on one line, in lower case, to look for phrases in."""
    return " ".join(text.replace("\u2019", "'").lower().split())


def sentences(text: str) -> tuple[str, ...]:
    """Return the sentences of a text, each on one line, word for word."""
    return tuple(filter(None, (" ".join(each.split()) for each in _SENTENCE.split(text))))


def without_footer(text: str) -> str:
    """Return a text without what is set apart below it: a signature, a scanner's or lawyer's words.

    Only if what is below says nothing of an address: some notices underline their headings.
    """
    line = next((each for each in _FOOTER.finditer(text) if "@" not in text[each.end() :]), None)
    return text[: line.start()] if line else text


def own_words(text: str) -> str:
    """Return a text without the message it answers, whose words are ours and not the writer's."""
    below = _BELOW.search(text)
    return _QUOTED.sub("", text[: below.start()] if below else text)


def from_html(html: str) -> str:
    """Return the text of HTML, a line for each paragraph or row."""
    html = html[: 4 * MAX_TEXT]
    for name in _HIDDEN:
        html = _without(html, name)
    html = " ".join(html.split())
    text = unescape(_TAG.sub("", _BREAK.sub("\n", html))).replace("\xa0", " ")
    return "\n".join(line.strip() for line in text.split("\n"))[:MAX_TEXT]


def _without(html: str, name: str) -> str:
    """Return HTML without the elements of a name and their content."""
    kept, folded, at = [], html.lower(), 0
    while (start := folded.find(f"<{name}", at)) >= 0:
        kept.append(html[at:start])
        end = folded.find(f"</{name}", start)
        at = end if end >= 0 else len(html)
    return "".join([*kept, html[at:]])
