"""What a text looks like: two of one skeleton can be taken for each other by a reader.

As in UTS 39, section 4, but for people who read Latin letters. The table has the letters of other
alphabets that Unicode's list of confusable characters has beside a Latin one; forms of a letter,
such as full width or mathematical, and accents come off by Unicode's own decomposition. A library
was looked for: `confusable-homoglyphs` says which letters are alike and makes no skeletons, and is
from January 2024.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

FILLERS: Final = "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"
"""Characters that are drawn as nothing although they count as letters, marks or symbols."""


def is_invisible(character: str) -> bool:
    """Whether a character cannot be seen: controls, marks of direction, spaces but the usual one.

    Variation selectors are among them: they say how the letter before them is drawn.
    """
    category = unicodedata.category(character)
    is_blank = category[0] in "CZ" and character != " "
    is_selector = "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"
    return is_blank or is_selector or character in FILLERS


LOOKS_LIKE: Final = str.maketrans(
    "\u0430\u0441\u0501\u0435\u04bb\u0456\u0458\u043a\u04cf\u043c\u043e\u0440\u051b\u0455\u0442"
    "\u0443\u0475\u051d\u0445"
    "\u0410\u0412\u0421\u0415\u041d\u0406\u0408\u041a\u041c\u041e\u0420\u051a\u0405\u0422\u0423"
    "\u051c\u0425"
    "\u03b1\u03b9\u03ba\u03bd\u03bf\u03c1\u03c4\u03c5\u03c7\u03c9\u03b3\u03b7"
    "\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7"
    "\u0585\u057d\u0570\u0578\u0581"
    "\u0251\u0261",
    "acdehijklmopqstyvwxABCEHIJKMOPQSTYWXaikvoptuxwynABEZHIKMNOPTYXouhngag",
)
"""Letters of Cyrillic, Greek, Armenian and phonetic writing, and the Latin ones they look like."""

_LETTERS: Final = LOOKS_LIKE | str.maketrans(
    "\u13aa\u15c5\ua4ee\u0180\u0185\u03b2\u0432\u044c\u13cf\u13f4\u1472\u15af\u15f7\ua4d0\ua7b5"
    "\u03c3\u13df\u1d04\u2ca5\ua4da\u0111\u13a0\u13e7\u146f\u15de\u15ea\ua4d2\ua4d3\u03b5\u04bd"
    "\u13ac\u2d39\ua4f0\uab32\u03dd\u0584\u15b4\u1e9d\ua4dd\ua799\uab35\u018d\u01e5\u050d\u13c0"
    "\u13f3\u1d83\ua4d6\u0127\u043d\u13bb\u13c2\u157c\u2c8f\ua4e7\u0131\u0269\u026a\u13a5\ua647"
    "\u029d\u03f3\u13ab\u148d\ua4d9\u13e6\u16d5\u2c95\ua4d7\u0142\u01c0\u06f1\u13de\u14aa\u16c1"
    "\u2c93\u2cd1\u2d4f\ua4e1\ua4f2\u03bc\u03fb\u13b7\u15f0\u16d6\u2c99\ua4df\u057c\u2c9b\ua4e0"
    "\u00f8\u0275\u06f5\u0966\u09e6\u0a66\u0ae6\u0b20\u0b66\u0be6\u0c66\u0ce6\u0d20\u0d66\u0e50"
    "\u0ed0\u101d\u1040\u10ff\u12d0\u1d0f\u1d11\u2c9f\u2d54\u3007\ua4f3\uab3d\u13e2\u146d\u2ca3"
    "\ua4d1\u0563\u0566\u2d55\u0280\u0433\u13a1\u13b1\u13d2\u1587\u1d26\u2c85\ua4e3\uab47\uab48"
    "\u01bd\u057f\u13d5\u13da\ua4e2\ua731\u0167\u13a2\u2ca7\ua4d4\u0289\u028b\u1200\u144c\u1d1c"
    "\ua4f4\ua79f\uab4e\uab52\u06f7\u13d9\u142f\u1d20\u2d38\ua4e6\ua6df\u026f\u0461\u0561\u13b3"
    "\u13d4\u1d21\ua4ea\u1541\u157d\u16b7\u2cad\u2d5d\ua4eb\uab53\u0263\u028f\u04af\u10e7\u13a9"
    "\u13bd\u1d8c\u1eff\u2ca9\ua4ec\uab5a\u01b6\u03b6\u13c3\u1d22\ua4dc",
    "aaabbbbbbbbbbbbcccccddddddddeeeeeefffffffggggggghhhhhhhiiiiijjjjjkkkklllllllllllmmmmmmmnnn"
    "oooooooooooooooooooooooooooppppqqqrrrrrrrrrrrssssssttttuuuuuuuuuvvvvvvvwwwwwwwxxxxxxxyyyyy"
    "yyyyyyzzzzz",
)
"""The same for small letters, with rarer ones: Cherokee, Lisu, Coptic, phonetic, with strokes."""

_SHAPES: Final = str.maketrans("0i1|52", "olllsz")
"""Characters of ASCII that look like a letter."""

_PAIRS: Final = (("rn", "m"), ("vv", "w"), ("cl", "d"))
"""Two letters that look like one."""


@lru_cache(maxsize=2**16)
def skeleton(text: str) -> str:
    """Return what a text looks like, without spaces and what cannot be seen.

    It is for comparison only, since it is spelt as nobody would: "Bill" becomes "blll".
    """
    # First: a capital looks like a capital, which may be another letter than the small one.
    latin = text.translate(LOOKS_LIKE).casefold()
    seen = (each for each in unicodedata.normalize("NFKD", latin) if not _is_unseen(each))
    plain = "".join(seen).casefold().translate(_LETTERS).translate(_SHAPES)
    for two, one in _PAIRS:
        plain = plain.replace(two, one)
    return plain


def _is_unseen(character: str) -> bool:
    return unicodedata.category(character)[0] in "MZ" or is_invisible(character)


def is_like(one: str, other: str) -> bool:
    """Whether two texts are different and look the same."""
    return one != other and skeleton(one) == skeleton(other)


def is_mixed(text: str) -> bool:
    """Whether any word has letters of more than one script; a hyphen ends a word as a space does.

    Chinese, Japanese and Korean words may mix the scripts of these languages.
    """
    return any(len(_scripts(word)) > 1 for word in re.split(r"[\s\u2010-\u2015-]+", text))


def _scripts(word: str) -> set[str]:
    letters = (each for each in word if unicodedata.category(each) in _OF_A_SCRIPT)
    names = {unicodedata.name(each, "").split(" ")[0] for each in letters}
    return {_EAST_ASIAN.get(name, name) for name in names}


_OF_A_SCRIPT: Final = frozenset({"Lu", "Ll", "Lt", "Lo"})
"""The categories of letters but for modifiers, such as U+02BC, which belong to no script."""

_EAST_ASIAN: Final = dict.fromkeys(("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO"), "CJK")
"""Scripts that are written together, by the first words of their letters' names in Unicode."""
