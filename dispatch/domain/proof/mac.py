"""Message authentication codes (HMAC-SHA-256, RFC 2104): who wrote a row had a key of ours.

Such a code is `mac` in names and a code in sentences; the code of a reply and that of an authority
are other things. The key is outside the database. So a reader can tell the rows that our own
processes wrote from those that somebody wrote who has the database alone.
"""

from __future__ import annotations

import hashlib
import hmac


def mac(key: bytes, purpose: str, content: bytes) -> str:
    """Return the code of some bytes in hexadecimal.

    `purpose` names what the bytes are, so that a code made for one thing never fits another.
    """
    return hmac.digest(key, purpose.encode() + b":" + content, hashlib.sha256).hex()


def is_mac(code: str | None, key: bytes, purpose: str, content: bytes) -> bool:
    """Whether this is the code of these bytes; the comparison takes the same time for any code."""
    # As octets: a code that was tampered with may hold any letters, or be missing.
    return hmac.compare_digest(str(code).encode(), mac(key, purpose, content).encode())
