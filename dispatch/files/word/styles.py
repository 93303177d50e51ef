"""The styles of a document of Word: which are headings, and what they make bold or italic.

A style is based on another, and has what that one has unless it says otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final
from xml.etree.ElementTree import Element

from dispatch.files.word.package import qualified

VAL: Final = qualified("w:val")
OFF: Final = {"0", "false", "off", "none"}
QUOTATIONS: Final = {"quote", "intense quote", "block text"}
MOST_BASES: Final = 20
"""Word allows ten; a circle of styles must end."""
LEVELS: Final = 6


class Styles:
    """The styles of one document."""

    def __init__(self, root: Element | None) -> None:
        """Read the part of styles, if there is one."""
        found = root.iter(qualified("w:style")) if root is not None else ()
        self._by_id = {each.get(qualified("w:styleId"), ""): each for each in found}

    def _line(self, style_id: str) -> Iterator[Element]:
        """Yield a style, the one that it is based on, and so on."""
        for _ in range(MOST_BASES):
            style = self._by_id.get(style_id)
            if style is None:
                return
            yield style
            style_id = value(style.find(qualified("w:basedOn")))

    def heading(self, style_id: str) -> int:
        """Return the level of a heading with this style; 0 if it is none."""
        for style in self._line(style_id):
            name = value(style.find(qualified("w:name"))).casefold()
            if name == "title":
                return 1
            level = value(style.find(f"{qualified('w:pPr')}/{qualified('w:outlineLvl')}"))
            if level.isdecimal() and int(level) < LEVELS:
                return int(level) + 1
            number = name.removeprefix("heading ")
            if number != name and number.isdecimal():
                return min(max(int(number), 1), LEVELS)
        return 0

    def list_level(self, style_id: str) -> int:
        """Return how far in a list stands that has a style of its own: 1 for "List Bullet 2"."""
        names = (value(each.find(qualified("w:name"))) for each in self._line(style_id))
        found = (re.fullmatch(r"list (?:bullet|number) ([2-5])", each.casefold()) for each in names)
        return next((int(each[1]) - 1 for each in found if each), 0)

    def is_quotation(self, style_id: str) -> bool:
        """Whether a paragraph with this style is somebody else's words."""
        names = (value(each.find(qualified("w:name"))) for each in self._line(style_id))
        return any(name.casefold() in QUOTATIONS for name in names)

    def has(self, style_id: str, what: str) -> bool:
        """Whether a style makes its words `w:b` (bold) or `w:i` (italic)."""
        for style in self._line(style_id):
            found = style.find(f"{qualified('w:rPr')}/{qualified(what)}")
            if found is not None:
                return is_on(found)
        return False


def value(element: Element | None) -> str:
    """Return the value of an element that has one; nothing for none."""
    return element.get(VAL, "") if element is not None else ""


def is_on(element: Element | None) -> bool:
    """Whether a switch is there and on."""
    return element is not None and element.get(VAL, "1") not in OFF
