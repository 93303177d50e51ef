"""People by name: in whose name a thing is done, and when two names are the same person's."""

from __future__ import annotations

import unicodedata
from typing import Final

from dispatch.domain.errors import RuleBroken
from dispatch.domain.ledger import CLOCK, WORKER


def named(name: str) -> str:
    """Return a person's name as it is recorded: one line, single spaces.

    Raises `RuleBroken` for no name, and for one that the service itself goes by.
    """
    tidy = " ".join(unicodedata.normalize("NFKC", name).split())
    if not tidy or same(tidy, WORKER) or same(tidy, CLOCK):
        raise RuleBroken(f"{name!r} is not the name of a person")
    return tidy


def same(one: str, other: str) -> bool:
    """Whether two names are spelt alike but for case, spaces and compatible characters."""
    return _key(one) == _key(other)


def _key(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())


HONORIFICS: Final = frozenset(
    {"mr", "mrs", "ms", "miss", "mx", "dr", "prof", "professor", "rev"}
    | {"cllr", "councillor", "sir", "dame", "lord", "lady"}
)


def parts_of(name: str) -> tuple[str | None, str | None, str | None]:
    """Return honorific, given name and surname of a person as mail names them; each may lack.

    A single word may be either name, so it is neither: better no name than a wrong salutation.
    """
    words = unicodedata.normalize("NFKC", name).replace(",", " ").split()
    honorific = None
    if words and words[0].rstrip(".").casefold() in HONORIFICS:
        honorific = words.pop(0).rstrip(".")
    if not words or (len(words) == 1 and honorific is None):
        return None, None, None
    *given, surname = words
    return honorific, " ".join(given) or None, surname
