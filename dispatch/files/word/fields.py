"""Fields of Word: codes that are split over runs, one inside another, with what they showed last.

A field begins, has its code, mostly its last result, and ends, each by a character of its own
(ECMA-376, 17.16.18). What takes a field's place stands where it begins; the runs that are to go are
marked so, because they may stand in several paragraphs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final
from xml.etree.ElementTree import Element, SubElement

from dispatch.files.word.document import MARK
from dispatch.files.word.package import qualified

GONE: Final = "gone"
"""An attribute of runs that are taken out at the end."""

LINK: Final = "HYPERLINK"
REPLACED: Final = frozenset(
    {
        *("MERGEFIELD", "IF", "DATE", "TIME", "CREATEDATE", "SAVEDATE", "PRINTDATE"),
        *("ADDRESSBLOCK", "GREETINGLINE", "DOCPROPERTY", "DOCVARIABLE", "TITLE", "SUBJECT"),
        *("ASK", "FILLIN", "SET", "NEXT", "NEXTIF", "SKIPIF", "MERGEREC", "MERGESEQ", "CONTROL"),
        *("PAGE", "NUMPAGES", "SECTIONPAGES", "TOC", "INDEX", "TC", "XE", "INCLUDEPICTURE"),
        *("INCLUDETEXT", "COMPARE", "QUOTE", "FORMCHECKBOX"),
    }
)
"""Fields whose code says more than their last result. Of any other the result stays."""


@dataclass(slots=True)
class Open:
    """A field whose end has not been met yet."""

    begin: Element
    """The run in which it begins."""
    code: str = ""
    result: str = ""
    is_in_code: bool = True
    code_runs: list[Element] = field(default_factory=list)
    result_runs: list[Element] = field(default_factory=list)

    @property
    def kind(self) -> str:
        """The first word of its code."""
        return kind_of(self.code)

    @property
    def is_link(self) -> bool:
        """Whether it is a link whose address is known."""
        return self.kind == LINK and not MARK.search(self.code)

    def take(self, run: Element) -> None:
        """Count a run to the part of the field that it stands in."""
        (self.code_runs if self.is_in_code else self.result_runs).append(run)

    def read(self, text: str) -> None:
        """Add words to its code or to its result."""
        if self.is_in_code:
            self.code += text
        else:
            self.result += text

    def go(self, *, with_result: bool) -> None:
        """Mark the runs that are to be taken out."""
        for run in (*self.code_runs, *(self.result_runs if with_result else ())):
            run.set(GONE, "")


def kind_of(code: str) -> str:
    """Return the first word of a field's code, in capitals."""
    found = re.match(r"\s*\\?\s*([A-Za-z]+|=)", code)
    return found[1].upper() if found else ""


def said(run: Element, words: str) -> None:
    """Have a run say some words alone."""
    for child in list(run):
        if child.tag != qualified("w:rPr"):
            run.remove(child)
    SubElement(run, qualified("w:t")).text = words
    run.attrib.pop(GONE, None)


def without_gone(root: Element) -> None:
    """Take out the runs that are marked so."""
    for parent in list(root.iter()):
        for child in [each for each in parent if GONE in each.attrib]:
            parent.remove(child)
