"""The marks in a document of Word: a number for each field and each thing that is lost."""

from __future__ import annotations

from typing import Final
from xml.etree.ElementTree import Element, SubElement

from dispatch.files.word.document import Loss, WordField, mark
from dispatch.files.word.fields import kind_of
from dispatch.files.word.package import qualified, short

NEAR: Final = 60
"""Characters of a paragraph by which a place is named."""
MOST_WORDS: Final = 2_000


class Marks:
    """The fields and losses of a document, each with the number of its mark."""

    def __init__(self) -> None:
        self.near = ""
        self.fields: dict[int, WordField] = {}
        self.losses: dict[int, Loss] = {}
        self.aside: list[Loss] = []
        self._next_number = 0

    @property
    def last(self) -> int:
        """The number that was given last."""
        return self._next_number - 1

    def lost(self, what: str, words: str = "") -> Element:
        """Return a run with the mark of a loss at this place."""
        return saying(mark(self.number(self.loss(what, words))))

    def loss(self, what: str, words: str) -> Loss:
        return Loss(what=what, words=" ".join(words.split())[:MOST_WORDS], near=self.near)

    def number(self, loss: Loss) -> int:
        number = self.next()
        self.losses[number] = loss
        return number

    def next(self) -> int:
        self._next_number += 1
        return self._next_number - 1

    def field_of(self, code: str, result: str, *, is_replaced: bool) -> int:
        if not is_replaced:
            what = f"the field {kind_of(code) or '?'}, whose last result stays"
            return self.number(self.loss(what, code.strip()))
        number = self.next()
        self.fields[number] = WordField(
            code=code.strip()[:MOST_WORDS], result=result.strip()[:MOST_WORDS], near=self.near
        )
        return number


def saying(words: str) -> Element:
    """Return a run that says some words."""
    run = Element(qualified("w:r"))
    run.set("marked", "")
    SubElement(run, qualified("w:t")).text = words
    return run


def words_of(element: Element) -> str:
    """Return the words of an element, with spaces between paragraphs."""
    found = []
    for each in element.iter():
        match short(each.tag):
            case "w:t" | "w:delText":
                found.append(each.text or "")
            case "w:tab" | "w:br" | "w:cr" | "w:p":
                found.append(" ")
    return "".join(found).strip()
