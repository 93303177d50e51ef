"""What a purge deletes, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from dispatch.upkeep.purge import Past

WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "mails that came in": ("incoming message", "incoming messages"),
    "deliveries": ("delivery", "deliveries"),
    "addressees of letters": ("letter's addressees", "letters' addressees"),
    "contacts who left": ("former contact", "former contacts"),
    "lifted suppressions": ("lifted suppression", "lifted suppressions"),
    "files of contacts": ("imported file of contacts", "imported files of contacts"),
    "documents": ("document", "documents"),
}
"""What people read for each sort: of one, and of several."""


def what(past: Past) -> str:
    """Return what is past its time, in the plural unless it is one."""
    one, several = WORDS[past.what]
    return one if past.count == 1 else several
