"""Limits on how much of a message is read, so that even the worst takes only a moment.

What a notice says is at its beginning, and so are the headers of the message it returns. The
standard parser recurses into nested parts, so parts are counted before it sees them.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import Final

from dispatch.domain.errors import BadInput

MAX_MAIL: Final = 64 * 1024 * 1024
"""Bytes. No server relays more; a larger message is not read at all."""

MAX_READ: Final = 256 * 1024
"""Bytes of a message that are parsed."""

MAX_PARTS: Final = 40
"""Parts that are parsed, nested or not. A notice has three or four."""

MAX_LINES: Final = 20_000
"""Lines that are parsed: the parser is slow on each."""

MAX_PARAMETERS: Final = 4000
"""Bytes of a header with parameters: the standard parser takes quadratic time over them."""

_LONG: Final = re.compile(
    rb"^(content-(?:type|disposition)[ \t]{0,9}:(?:[^\n]|\n[ \t]){%d})(?:[^\n]|\n[ \t])+"
    % MAX_PARAMETERS,
    re.IGNORECASE | re.MULTILINE,
)
_PART: Final = re.compile(rb"^content-type[ \t]{0,9}:", re.IGNORECASE | re.MULTILINE)


def readable(mail: bytes) -> bytes:
    """Return the beginning of a message, as much as is parsed.

    Raises `BadInput` if the message is over `MAX_MAIL`.
    """
    if len(mail) > MAX_MAIL:
        raise BadInput(f"the message has {len(mail)} bytes: more than {MAX_MAIL} are not read")
    start = _before_line(
        _from_header(mail)[:MAX_READ].replace(b"\r\n", b"\n").replace(b"\r", b"\n"), MAX_LINES
    )
    start = _LONG.sub(rb"\1", start)
    beyond = next(islice(_PART.finditer(start), MAX_PARTS, None), None)
    return start[: beyond.start()] if beyond else start


def _from_header(mail: bytes) -> bytes:
    """Return a message from its first header: a mark or blank lines before it hide all of them."""
    return mail.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n")


def _before_line(start: bytes, number: int) -> bytes:
    if start.count(b"\n") <= number:
        return start
    return b"\n".join(start.split(b"\n", number)[:number])
