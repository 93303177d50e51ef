"""Compare names as people mean them: whatever their letter case, plural, spaces and dashes."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from functools import lru_cache
from typing import Final

LONGEST: Final = 60
"""How many characters of a name are compared: finding what is close takes time with length."""

SHORTEST_PLURAL: Final = 4
"""A word of fewer letters that ends in s is not taken for a plural: "gas"."""

SLIP: Final = 0.8
"""How alike two spellings are if one is a slip of the pen: from 0 to 1, as difflib has it."""

CODE_SLIP: Final = 0.6
"""The same for codes: three letters of which two are right."""

APOSTROPHES: Final = re.compile(r"['\u2018\u2019\u02bc]")


@lru_cache(maxsize=10_000)
def folded(name: str) -> str:
    """Return a name in the form that is compared.

    "District Councils", "district-council" and " District  Council" are one name, as are "Bath &
    North East" and "Bath and North East".
    """
    plain = unicodedata.normalize("NFKC", name).casefold().replace("&", " and ")
    words = re.findall(r"[^\W_]+", APOSTROPHES.sub("", plain))
    return " ".join(_singular(word) for word in words)


def _singular(word: str) -> str:
    if len(word) < SHORTEST_PLURAL or word.endswith("ss"):
        return word
    return f"{word[:-3]}y" if word.endswith("ies") else word.removesuffix("s")


class Folded(dict[str, str]):
    """Names by the form that is compared; made once where many are looked for."""


def by_folded(known: Iterable[str]) -> Folded:
    """Return names by the form that is compared, the first of two that are the same."""
    found = Folded()
    for name in known:
        found.setdefault(folded(name), name)
    return found


def near(value: str, known: Iterable[str], *, likeness: float = SLIP) -> tuple[str, ...]:
    """Return the known names that a person may have meant by `value`, the likeliest first.

    These are the name that is the same when folded, or one that is spelt nearly so, or those that
    share a word with it which no other known name has: "Unitary Council" for "Unitary Authority".
    """
    names = known if isinstance(known, Folded) else by_folded(known)
    sought = folded(value)
    if sought in names:
        return (names[sought],)
    close = get_close_matches(sought[:LONGEST], names, n=1, cutoff=likeness)
    return tuple(names[each] for each in close) or _sharing_a_word(sought, names)


def _sharing_a_word(sought: str, names: Mapping[str, str]) -> tuple[str, ...]:
    common = Counter(word for name in names for word in set(name.split()))
    return tuple(
        names[name]
        for name in names
        if any(
            common[word] == 1 and _is_like(each, word)
            for word in name.split()
            for each in sought.split()
        )
    )


def _is_like(word: str, other: str) -> bool:
    """Whether one word is the other, the beginning of it, or nearly spelt like it."""
    shorter, longer = sorted((word, other), key=len)
    begins = len(shorter) >= BEGINNING and longer.startswith(shorter)
    return begins or bool(get_close_matches(word, [other], cutoff=SLIP))


BEGINNING: Final = 3
"""How many letters of a word stand for it: "Met" for "Metropolitan"."""


def did_you_mean(value: str, known: Iterable[str], *, likeness: float = SLIP) -> str:
    """Return "; did you mean X?" or "; did you mean X or Y?", or nothing if no name is near."""
    found = near(value, known, likeness=likeness)[:2]
    return f"; did you mean {' or '.join(found)}?" if found else ""
