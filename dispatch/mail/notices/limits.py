"""How much of a mail is read: so that the worst mail costs no more than a moment.

What a notice says stands at its beginning, and so do the headers of the message that it brings
back. The standard parser calls itself for each part in a part, so parts are counted before it
sees them.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import Final

from dispatch.domain.errors import BadInput

MAX_MAIL: Final = 64 * 1024 * 1024
"""Bytes. No server passes on more; what is larger is not read at all."""

MAX_READ: Final = 256 * 1024
"""Bytes of a mail that are parsed."""

MAX_PARTS: Final = 40
"""Parts that are parsed, nested or not. A notice has three or four."""

MAX_LINES: Final = 20_000
"""Lines that are parsed; the parser takes its time for each."""

_PART: Final = re.compile(rb"^content-type[ \t]{0,9}:", re.IGNORECASE | re.MULTILINE)


def readable(mail: bytes) -> bytes:
    """Return the beginning of a mail, as much as is read of it.

    Raises BadInput for a mail over MAX_MAIL.
    """
    if len(mail) > MAX_MAIL:
        raise BadInput(f"the mail has {len(mail)} bytes: more than {MAX_MAIL} are not read")
    start = _before_line(mail[:MAX_READ].replace(b"\r\n", b"\n").replace(b"\r", b"\n"), MAX_LINES)
    beyond = next(islice(_PART.finditer(start), MAX_PARTS, None), None)
    return start[: beyond.start()] if beyond else start


def _before_line(start: bytes, number: int) -> bytes:
    if start.count(b"\n") <= number:
        return start
    return b"\n".join(start.split(b"\n", number)[:number])
