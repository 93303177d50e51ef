"""Whether a name is meant by what somebody has typed so far.

People type as they speak: without accents (Ynys Mon), with "&" or "and", without the apostrophe of
King's Lynn, "St" or "Saint", and only the beginnings of words. Each word typed must begin a word of
the name.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from typing import Final

from dispatch.domain.register.authority import slugified
from dispatch.domain.register.spelling import APOSTROPHES

LONGEST: Final = 80
"""How many characters of what somebody typed are looked for."""

ALIKE: Final = {"saint": "st"}
"""Words that are written in two ways, and the way that is compared."""

LEFT_OUT: Final = frozenset({"and", "of", "the"})
"""Words that one person types and another does not."""


class Match(IntEnum):
    """How a name was found, the likeliest first."""

    CODE = 0
    CODE_BEGINS = 1
    NAME_BEGINS = 2
    NAME = 3
    FORMER_NAME = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """What an authority is called, and was."""

    code: str
    names: tuple[str, ...]
    """Its name, and its official name."""
    former: tuple[str, ...] = ()

    def match(self, typed: str) -> tuple[Match, str] | None:
        """Return how what was typed finds it, and the code or name that does; None if not at all.

        The code is compared whole or from its beginning; names word by word.
        """
        sought = typed.strip().casefold()
        if sought and self.code.casefold() == sought:
            return Match.CODE, self.code
        slug = slugified(typed[:LONGEST])
        if slug and self.code.casefold().startswith(slug):
            return Match.CODE_BEGINS, self.code
        return self._by_name(words(typed[:LONGEST]))

    def _by_name(self, sought: tuple[str, ...]) -> tuple[Match, str] | None:
        if not sought:
            return None
        for name in self.names:
            if has_words(words(name), sought):
                begins = words(name)[0].startswith(sought[0])
                return (Match.NAME_BEGINS if begins else Match.NAME), name
        found = next((each for each in self.former if has_words(words(each), sought)), None)
        return (Match.FORMER_NAME, found) if found else None


def has_words(name: Iterable[str], sought: Iterable[str]) -> bool:
    """Whether each word that is sought begins a word of the name of its own."""
    left = list(name)
    for word in sought:
        found = next((each for each in left if each.startswith(word)), None)
        if found is None:
            return False
        left.remove(found)
    return True


@lru_cache(maxsize=20_000)
def words(text: str) -> tuple[str, ...]:
    """Return the words of a name in the form that is compared.

    Small words are left out, unless there are no others.
    """
    apart = unicodedata.normalize("NFKD", text).casefold().replace("&", " and ")
    plain = "".join(each for each in apart if not unicodedata.combining(each))
    found = [ALIKE.get(each, each) for each in WORD.findall(APOSTROPHES.sub("", plain))]
    return tuple(each for each in found if each not in LEFT_OUT) or tuple(found)


WORD: Final = re.compile(r"[^\W_]+")
