"""What a stranger wrote, shown as what it is.

Names, subjects, autoreplies and mail servers' replies may hold characters that command a terminal
(ESC), or that have a line read in another order than it is written (marks of direction).
"""

from __future__ import annotations

import unicodedata
from typing import Final

LINE_ENDS: Final = frozenset({"Zl", "Zp"})
"""The categories of the separators that some programs take for the end of a line."""


def code_point(character: str) -> str:
    """Return the number of a character in Unicode: U+001B."""
    return f"U+{ord(character):04X}"


def visible(text: str) -> str:
    """Return `text` with the code point of each character that is not shown as itself: [U+001B].

    Ends of lines and tabs stay.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(f"[{code_point(each)}]" if _acts(each) else each for each in text)


def escaped(json: str) -> str:
    """Return JSON with those characters as its own escapes: it is read as the same values."""
    if json.isascii() and "\x7f" not in json:
        return json
    return "".join(_escape(each) if _acts(each) else each for each in json)


def _acts(character: str) -> bool:
    """Whether a character does something other than to be seen."""
    category = unicodedata.category(character)
    return (category[0] == "C" and character not in "\n\t") or category in LINE_ENDS


def _escape(character: str) -> str:
    octets = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{octets[at : at + 2].hex()}" for at in range(0, len(octets), 2))
