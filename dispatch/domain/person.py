"""People's names: what is one, when two may be the same person's, and which part is which."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from dispatch.domain.errors import RuleBroken
from dispatch.domain.proof.ledger import SERVICE
from dispatch.domain.wording.characters import code_point, visible
from dispatch.domain.wording.lookalikes import is_invisible, is_mixed, skeleton

LONGEST_NAME: Final = 100
"""Characters of a name; the longest honorifics with the longest names take some 80."""


def named(text: str) -> str:
    """Return a person's name as it is recorded: one line of plain words, with single spaces.

    Raises `RuleBroken` for what is not the name of a person: nothing, characters that are not seen,
    letters of several scripts in one word, and a name that the service itself goes by.
    """
    tidy = _BLANKS.sub(" ", unicodedata.normalize("NFKC", text)).strip(" ")
    for why in _faults(tidy):
        shown = visible(tidy[:SHOWN]) + ("\u2026" if len(tidy) > SHOWN else "")
        raise RuleBroken(f'"{shown}" is not the name of a person: {why}')
    return tidy


def same(one: str, other: str) -> bool:
    """Whether two names may be one person's, so that their two words count as one.

    Names that look alike count as the same, and so does one without its accents. A colleague who is
    taken for another can give a fuller name; a person who passes for two would sign off alone.
    """
    return not _looks(one).isdisjoint(_looks(other))


def _looks(name: str) -> frozenset[str]:
    """Return what a name looks like as it is written, and in small letters, without punctuation.

    A capital may look like another letter than its small form: a Greek nu like an N, or like a v.
    """
    plain = "".join(each for each in name if unicodedata.category(each)[0] not in "PS")
    return frozenset((skeleton(plain), skeleton(plain.casefold())))


def is_spelt_alike(one: str, other: str) -> bool:
    """Whether two names are spelt alike, apart from case, spaces and compatible characters."""
    return _key(one) == _key(other)


def _key(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())


SHOWN: Final = 40
"""Characters of a wrong name that a message repeats."""

_BLANKS: Final = re.compile(r"[ \t\n\r\u00a0]+")
"""What stands between the words of a name, and is recorded as a space."""


def _faults(name: str) -> Iterator[str]:
    """Yield why a name is not one, the plainest reason first."""
    if len(name) > LONGEST_NAME:
        yield f"it is longer than {LONGEST_NAME} characters"
        return
    if unseen := next(filter(is_invisible, name), None):
        yield f"it has a character that is not seen, {code_point(unseen)}"
    if odd := next((each for each in name if not _is_plain(each)), None):
        yield f"it has a sign that no name has, {odd}"
    if not any(unicodedata.category(each)[0] in "LN" for each in name):
        yield "it has no letter"
    if is_mixed(name):
        yield "it has letters of several scripts in one word"
    if any(same(name, each) for each in SERVICE):
        yield "the service itself goes by it, or by one that looks like it"


def _is_plain(character: str) -> bool:
    """Whether a character is of a kind that names have: letters, marks, digits, punctuation."""
    return unicodedata.category(character)[0] in "LMNP" or character in SIGNS


SIGNS: Final = " $+^`"
"""What else is in names: a space, and what systems' names for users and old keyboards have."""


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
