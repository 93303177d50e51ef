"""The letter that a message holds, taken out of it again: what a recipient opens."""

from __future__ import annotations

from email import message_from_bytes
from typing import Final

PDF: Final = "application/pdf"


def pdf_in(body: bytes) -> bytes | None:
    """Return the PDF in a message's body as `entity.body` made it, or None if there is not one."""
    parts = message_from_bytes(body).walk()
    found = [part.get_payload(decode=True) for part in parts if part.get_content_type() == PDF]
    return found[0] if len(found) == 1 and isinstance(found[0], bytes) else None
