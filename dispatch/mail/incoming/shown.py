"""An incoming message as a person reads it: its headers and its own words, as text alone.

It is read in a child process with limits, as for its notice: anybody may send anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from itertools import islice
from threading import Lock
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from dispatch.child import Child
from dispatch.domain.wording.characters import visible
from dispatch.mail.incoming.reader import ANSWER_BYTES, UNSTORABLE, Unreadable
from dispatch.mail.notices.parsed import MAX_HEADER, Parsed, decoded, parse

SECONDS: Final = 10.0
MOST_HEADERS: Final = 100
MOST_TEXT: Final = 40_000
"""Characters of the text that are shown."""

MOST_PARTS: Final = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A message as text."""

    headers: tuple[tuple[str, str], ...]
    """Names and values in the order of the message, with encoded words decoded."""
    text: str
    """Its own words, and what it quotes below them."""
    report: str
    """The fields of a delivery notification, as a server wrote them."""
    parts: tuple[tuple[str, int], ...]
    """The type of each part, and how many bytes it has."""
    is_cut: bool
    """Whether there is more than is shown."""

    def header(self, name: str) -> str:
        """Return the first value of a header, or nothing."""
        found = (value for each, value in self.headers if each.lower() == name.lower())
        return next(found, "")


SHOWN: Final = TypeAdapter(Shown)


class Viewer:
    """Shows messages one after the other, to one person at a time."""

    def __init__(self) -> None:
        self._child = Child(f"{__name__}:answer", seconds=SECONDS, largest_answer=ANSWER_BYTES)
        self._turn = Lock()

    def show(self, message: bytes) -> Shown | Unreadable:
        """Return a message as text, or why it cannot be shown."""
        with self._turn:
            match self._child.ask(message):
                case [dict() as said]:
                    return _understood(said)
                case _:
                    return Unreadable("showing it took too much time or memory")

    def close(self) -> None:
        """End the child."""
        self._child.close()


def answer(message: bytes) -> Iterator[dict[str, Any]]:
    """Yield what is shown of a message. Called in the child."""
    parsed = parse(message)
    text = "\n".join(filter(str.strip, (parsed.text, parsed.quoted)))
    report = "\n".join(filter(str.strip, (parsed.status, parsed.feedback, parsed.disposition)))
    yield {
        "headers": [*islice(_headers(parsed), MOST_HEADERS)],
        "text": _clean(text[:MOST_TEXT]),
        "report": _clean(report[:MOST_TEXT]),
        "parts": [*islice(_parts(parsed), MOST_PARTS)],
        "is_cut": max(len(text), len(report)) > MOST_TEXT,
    }


def _headers(parsed: Parsed) -> Iterator[tuple[str, str]]:
    for name, value in parsed.root.raw_items():
        said = str(value)[:MAX_HEADER].encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        yield _clean(str(name)[:MAX_HEADER]), _clean(decoded(said))


def _parts(parsed: Parsed) -> Iterator[tuple[str, int]]:
    for part in parsed.root.walk():
        if not part.is_multipart():
            yield _clean(part.get_content_type()), _size(part)


def _size(part: Message) -> int:
    content = part.get_payload(decode=True)
    return len(content) if isinstance(content, bytes) else 0


def _clean(text: str) -> str:
    """Return text in which nothing acts: marks of direction and commands are named."""
    return visible(text.translate(UNSTORABLE))


def _understood(said: dict[str, Any]) -> Shown | Unreadable:
    try:
        return SHOWN.validate_python(said)
    except ValidationError:
        return Unreadable("what it was read as makes no sense")
