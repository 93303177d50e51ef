"""People's names: when two are the same person's, and which part is which."""

from __future__ import annotations

import unicodedata
from typing import Final


def same(one: str, other: str) -> bool:
    """Whether two names are spelt alike, apart from case, spaces and compatible characters."""
    return _key(one) == _key(other)


def _key(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())


def words_of(text: str) -> list[str]:
    """Return the words of a text in small letters, without the full stops that end them."""
    return [word.strip(".").casefold() for word in text.replace(",", " ").split()]


HONORIFICS: Final = frozenset(
    words_of(
        """
        mr mrs ms miss mx dr prof professor rev revd reverend cllr councillor cyng cynghorydd
        sir dame lord lady baroness viscount viscountess countess ald alderman alderwoman
        """
    )
)
"""The honorifics that begin a name, as words in small letters without a full stop."""

OTHER_HONORIFICS: Final = frozenset(
    words_of(
        """
        the rt right hon honourable his her honour hhj judge justice sheriff master
        lt lieutenant capt captain maj major col colonel brig brigadier gen general
        cdr commander commodore admiral air marshal group wing squadron leader sgt sergeant
        earl duke duchess marquess marchioness baron canon father fr sister br brother dean bishop
        archdeacon archbishop rabbi imam sheikh pandit y yr parch parchedig
        """
    )
)
"""Words of rarer honorifics. A name that begins with one may be a name, such as Dean or Major."""

GREETED_BY_GIVEN_NAME: Final = frozenset({"sir", "dame"})
"""The honorifics that go with the given name: "Sir John Smith" is greeted as "Dear Sir John"."""

STYLES: Final = frozenset({"the", "rt", "right", "hon", "honourable"})
"""Words of an honorific that a greeting leaves out: "The Rt Hon Lord Smith" is "Lord Smith"."""


def parts_of(name: str) -> tuple[str | None, str | None, str | None]:
    """Return honorific, given name and surname from a name as an email shows it; any may be None.

    A single word may be either name, so it counts as neither: better no name than the wrong one
    in a salutation.
    """
    words = unicodedata.normalize("NFKC", name).replace(",", " ").split()
    begin = 0
    while begin < len(words) and words[begin].rstrip(".").casefold() in HONORIFICS:
        begin += 1
    honorific = " ".join(word.rstrip(".") for word in words[:begin]) or None
    words = words[begin:]
    if not words or (len(words) == 1 and honorific is None):
        return None, None, None
    first = len(words) - 1
    least = 0 if honorific else 1  # without an honorific the first word is the given name
    while first > least and words[first - 1].rpartition("-")[2].casefold() in PARTICLES:
        first -= 1
    return honorific, " ".join(words[:first]) or None, " ".join(words[first:])


PARTICLES: Final = frozenset(
    words_of(
        """
        ó ní uí o mac nic mc ap ab van von der den de ten ter di da do dos du del della la le st
        """
    )
)
"""Words that begin a surname of several words: "van der Berg", "\u00d3 Briain"."""
