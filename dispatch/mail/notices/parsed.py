"""Parse a message: its headers, its own text, its report fields and what it returns."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from email.header import decode_header
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32
from email.utils import getaddresses
from itertools import islice
from typing import Final

from dispatch.mail.notices import returned
from dispatch.mail.notices.limits import readable
from dispatch.mail.notices.prose import MAX_TEXT, addresses, from_html

_STATUS: Final = frozenset({"message/delivery-status", "message/global-delivery-status"})
_FEEDBACK: Final = "message/feedback-report"
_DISPOSITION: Final = frozenset(
    {"message/disposition-notification", "message/global-disposition-notification"}
)
_RETURNED: Final = frozenset(
    {
        "message/rfc822",
        "message/global",
        "message/rfc822-headers",
        "message/global-headers",
        "text/rfc822-headers",
        "text/rfc822",
        "message/partial",
    }
)
_SLOW: Final = frozenset({"punycode", "idna"})
"""Codecs that take quadratic time over long text."""

_MAX_DEPTH: Final = 20
MAX_HEADER: Final = 4000
"""Characters of a header that are read."""

MAX_VALUES: Final = 50
"""Headers of one name that are read."""


@dataclass(slots=True)
class Parsed:
    """The parts of a message."""

    root: Message
    text: str = ""
    """The message's own words, without the message that it returns."""

    quoted: str = ""
    """A message that the text quotes below its own words."""

    status: str = ""
    """The fields of the delivery status parts, as text."""

    feedback: str = ""
    disposition: str = ""
    is_wrapped: bool = False
    """Whether another message has the notice attached, as one has that somebody forwards."""

    has_status: bool = False
    has_feedback: bool = False
    has_disposition: bool = False
    returned: list[Message] = field(default_factory=list)
    """The messages that it returns, or their headers."""

    reported: list[Message] = field(default_factory=list)
    """Those of them that a delivery notification has as a part of its own (RFC 6522 3), and not
    one that somebody quotes, attaches or forwards."""

    def header(self, name: str) -> str:
        """Return a header of the message itself, decoded, on one line; empty if there is none."""
        return decoded(next(iter(values(self.root, name)), ""))

    def addresses(self, *names: str) -> tuple[str, ...]:
        """Return the addresses in headers of the message itself."""
        return header_addresses([self.root], *names)

    def returned_addresses(self, *names: str) -> tuple[str, ...]:
        """Return the addresses in headers of the messages it returns."""
        return header_addresses(self.returned, *names)


def parse(mail: bytes) -> Parsed:
    """Parse a message. Raises `BadInput` if it is over the limit, and nothing else."""
    root = message_from(readable(mail))
    result = Parsed(root)
    plain: list[str] = []
    html: list[str] = []
    for part in _parts(root, result):
        kind = _kind(part)
        (html if kind == "text/html" else plain).append(_text(part))
    words = "\n".join(plain)[:MAX_TEXT]
    if not words.strip():
        words = from_html("\n".join(html))
    result.text, result.quoted = returned.parted(words)
    if result.quoted.strip() and not result.returned:
        result.returned.append(returned.headers(result.quoted))
    return result


def message_from(mail: bytes) -> Message:
    """Return a message with its parts, or its headers alone if the parser fails on the parts."""
    parser = BytesParser(policy=compat32)
    with suppress(Exception):  # two spellings of one parameter make it raise TypeError
        return parser.parsebytes(mail)
    with suppress(Exception):
        return parser.parsebytes(mail, headersonly=True)
    return Message()


def _parts(root: Message, result: Parsed) -> Iterator[Message]:
    """Yield the parts with the message's own words; put the others where they belong."""
    waiting = [(root, 0)]
    while waiting:
        part, depth = waiting.pop()
        kind = _kind(part)
        inner = part.get_payload() if part.is_multipart() else None
        children = [each for each in inner if isinstance(each, Message)] if inner else []
        if kind.startswith("multipart/") and depth < _MAX_DEPTH:
            waiting.extend((each, depth + 1) for each in reversed(children))
            if not children:
                yield part
        elif _set_apart(kind, part, children, result):
            continue
        elif kind in _RETURNED:
            if _is_wrapped(children, result):
                result.is_wrapped = True
                waiting.append((children[0], depth + 1))
                continue
            found = children or [returned.headers(_text(part))]
            result.returned.extend(found)
            result.reported.extend(found if depth == 1 and _is_notification(root) else [])
        elif kind.startswith("text/"):
            yield part


def _set_apart(kind: str, part: Message, children: list[Message], result: Parsed) -> bool:
    """Put the fields of a report where they belong; False if the part is not a report."""
    if kind in _STATUS:
        result.has_status = True
        result.status += "\n\n" + _fields(part, children)
    elif kind == _FEEDBACK:
        result.has_feedback = True
        result.feedback += _fields(part, children)
    elif kind in _DISPOSITION:
        result.has_disposition = True
        result.disposition += _fields(part, children)
    else:
        return False
    return True


def _is_wrapped(children: list[Message], result: Parsed) -> bool:
    """Whether the only thing in a message is another message, which is the notice."""
    if result.has_status or result.has_feedback or len(children) != 1:
        return False
    return _report_type(children[0]) in {"delivery-status", "feedback-report"}


def _is_notification(root: Message) -> bool:
    """Whether a message as a whole is a delivery notification."""
    return _kind(root) == "multipart/report" and _report_type(root) == "delivery-status"


def _report_type(message: Message) -> str:
    with suppress(Exception):
        return str(message.get_param("report-type", "")).lower()
    return ""


def _fields(part: Message, children: Iterable[Message]) -> str:
    """Return the fields of a report as text: the parser makes a message of each block."""
    read = "\n\n".join(
        "\n".join([*(f"{name}: {value}" for name, value in each.items()), _text(each)])
        for each in children
    )
    read = read or _text(part)
    if str(part.get("Content-Transfer-Encoding", "")).strip().lower() == "base64":
        with suppress(ValueError):
            return b64decode("".join(read.split())).decode("utf-8", "replace")
    return read


def _kind(part: Message) -> str:
    with suppress(Exception):
        return part.get_content_type()
    return "text/plain"


def _text(part: Message) -> str:
    """Return the text of a part, in the encoding that it claims or in one that fits."""
    content: object = b""
    with suppress(Exception):
        content = part.get_payload(decode=True)
    if not isinstance(content, bytes):
        return ""
    charset = "utf-8"
    with suppress(Exception):
        charset = part.get_content_charset() or "utf-8"
    if charset in _SLOW:
        charset = "utf-8"
    for each in (charset, "utf-8", "latin-1"):
        with suppress(LookupError, ValueError):
            return content.decode(each)
    return ""


def values(message: Message, name: str) -> list[str]:
    """Return the values of a header, undecoded: letters outside ASCII are often bare."""
    wanted = name.lower()
    raw = (value for key, value in message.raw_items() if key.lower() == wanted)
    return [_as_text(str(value)[:MAX_HEADER]) for value in islice(raw, MAX_VALUES)]


def _as_text(value: str) -> str:
    with suppress(ValueError):
        return value.encode("utf-8", "surrogateescape").decode()
    return value.encode("latin-1", "replace").decode("latin-1")


def decoded(value: str) -> str:
    """Return a header's value with its encoded words decoded, on one line."""
    text = " ".join(value.split())
    with suppress(Exception):
        text = "".join(
            piece.decode(charset or "latin-1", "replace") if isinstance(piece, bytes) else piece
            for piece, charset in decode_header(text)
        )
    return " ".join(text.split())


def header_addresses(messages: Iterable[Message], *names: str) -> tuple[str, ...]:
    """Return the addresses in some headers, each once, in the order of the names."""
    given = [value for message in messages for name in names for value in values(message, name)]
    named: dict[str, None] = {}
    with suppress(Exception):  # it recurses into brackets
        named = {address: None for _, address in getaddresses(given) if "@" in address}
    return tuple(named) or addresses(" ".join(given))
