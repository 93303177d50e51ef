"""How an authority is looked for by what somebody has typed so far.

People type as they speak: without accents (Ynys Mon), with "&" or "and", without the apostrophe of
King's Lynn, "St" or "Saint", and only the beginnings of words. Each word typed must begin a word of
its own among the names. So that a database can compare all authorities at once, each has its words
in a text, as they are compared.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from typing import Final, Self

from dispatch.domain.register.authority import slugified
from dispatch.domain.register.spelling import APOSTROPHES

LONGEST: Final = 80
"""How many characters of what somebody typed are looked for."""

ALIKE: Final = {"saint": "st"}
"""Words that are written in two ways, and the way that is compared."""

LEFT_OUT: Final = frozenset({"and", "of", "the"})
"""Words that one person types and another does not."""

BEGINS: Final = "|"
"""Stands before each name, in the text of an authority's words."""

BEFORE: Final = "="
"""Stands between the names of today and those of before."""


def searched(names: Iterable[str], former: Iterable[str]) -> str:
    """Return the text in which an authority is looked for: `| st albans =| verulam `."""
    return f"{_spelt(names)}{BEFORE}{_spelt(former)}"


def _spelt(names: Iterable[str]) -> str:
    return "".join(f"{BEGINS} {' '.join(words(each))} " for each in names)


class Match(IntEnum):
    """How an authority is found, the likeliest first."""

    CODE = 0
    CODE_BEGINS = 1
    NAME_BEGINS = 2
    NAME = 3
    FORMER_NAME = 4


@dataclass(frozen=True, slots=True)
class Sought:
    """What somebody has typed, as it is compared with codes and with that text."""

    slug: str
    """What a code may be, or begin with, in small letters; empty for none."""
    words: tuple[str, ...]

    @classmethod
    def of(cls, typed: str) -> Self:
        return cls(slugified(typed[:LONGEST]), words(typed[:LONGEST]))

    @property
    def patterns(self) -> Iterator[str]:
        """Yield the patterns of LIKE that the names of today all have, if they are meant.

        As many words must begin so as are typed that do: then each has one of its own.
        """
        for word in sorted(set(self.words)):
            yield f"%{f' {word}%' * sum(other.startswith(word) for other in self.words)}"

    @property
    def first(self) -> str:
        """Return the pattern of a name that begins with the first word."""
        return f"%{BEGINS} {self.words[0]}%"

    @property
    def pieces(self) -> list[str]:
        """Return some pieces of what was typed: most are in a name that is spelt nearly so."""
        text = f" {' '.join(self.words)} "
        places = range(len(text) - PIECE + 1)
        some = places[:: len(places) // (MOST_PIECES + 1) + 1]
        return sorted({text[at : at + PIECE] for at in some})


PIECE: Final = 3
"""Characters of a piece."""
MOST_PIECES: Final = 10
"""To count each takes a while, with many authorities."""


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
