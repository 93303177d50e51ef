"""People's names: when two are the same person's, and which part is which."""

from __future__ import annotations

import unicodedata
from typing import Final


def same(one: str, other: str) -> bool:
    """Whether two names are spelt alike, apart from case, spaces and compatible characters."""
    return _key(one) == _key(other)


def _key(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())


HONORIFICS: Final = frozenset(
    {"mr", "mrs", "ms", "miss", "mx", "dr", "prof", "professor", "rev"}
    | {"cllr", "councillor", "sir", "dame", "lord", "lady"}
)


def parts_of(name: str) -> tuple[str | None, str | None, str | None]:
    """Return honorific, given name and surname from a name as an email shows it; any may be None.

    A single word may be either name, so it counts as neither: better no name than the wrong one
    in a salutation.
    """
    words = unicodedata.normalize("NFKC", name).replace(",", " ").split()
    honorific = None
    if words and words[0].rstrip(".").casefold() in HONORIFICS:
        honorific = words.pop(0).rstrip(".")
    if not words or (len(words) == 1 and honorific is None):
        return None, None, None
    *given, surname = words
    return honorific, " ".join(given) or None, surname
