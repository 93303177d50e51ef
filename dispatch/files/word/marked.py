"""Mark what the library that reads paragraphs, lists and tables would drop.

The library (mammoth) knows neither merge fields nor what letters cannot have, and leaves it out in
silence. So this goes through the document first: each field, and each thing that has no counterpart
in Markdown, becomes a mark in the words at its place, and is told of with its own words. An element
that is not known here is named as lost, never passed over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import copy
from typing import Final
from xml.etree.ElementTree import Element

from dispatch.files.word.document import PRIVATE, Loss, mark
from dispatch.files.word.fields import REPLACED, kind_of, without_gone
from dispatch.files.word.marks import MOST_WORDS, NEAR, Marks, saying, words_of
from dispatch.files.word.package import Package, qualified, short
from dispatch.files.word.runs import KEPT, WITHOUT_WORDS, WRAPPERS, Instead, Runs, chosen
from dispatch.files.word.styles import Styles, value


class Marker:
    """Goes through one document."""

    def __init__(self, package: Package, styles: Styles) -> None:
        self._package = package
        notes = {
            **dict(_notes(package, "footnotes", "w:footnote")),
            **dict(_notes(package, "endnotes", "w:endnote")),
            **dict(_notes(package, "comments", "w:comment")),
        }
        self.marks = Marks()
        self._runs = Runs(self.marks, styles, notes)
        self._inserted = 0

    def mark(self, root: Element) -> None:
        """Put the marks into a document."""
        if _plain(root):
            self.marks.aside.append(Loss(what="characters of a symbol font, shown as \ufffd"))
        body = root.find(qualified("w:body"))
        if body is not None:
            self._each(body, self._block)
        for each in self._runs.open:
            self.marks.aside.append(Loss(what="a field without an end", words=each.code.strip()))
        without_gone(root)
        if self._inserted:
            self.marks.aside.append(
                Loss(what=f"{self._inserted} tracked insertions, which are taken as accepted")
            )
        for kind in ("header", "footer"):
            for _, part in self._package.beside(kind):
                self.marks.aside += _around(kind, part)

    def _each(self, parent: Element, handle: Callable[[Element], Instead]) -> None:
        """Handle each child; what takes the place of one is handled as well."""
        index = 0
        while index < len(parent):
            instead = handle(parent[index])
            if instead is None:
                index += 1
            else:
                parent[index : index + 1] = instead

    def _block(self, element: Element) -> Instead:
        match short(element.tag):
            case "w:p":
                return self._paragraph(element)
            case "w:tbl" | "w:tr" | "w:tc":
                return self._table(element)
            case "w:sdt":
                return self._block_control(element)
            case "w:altChunk":
                return [_paragraph_of(self.marks.lost("an embedded document"))]
            case _:
                return self._other(element, as_block=True)

    def _table(self, element: Element) -> Instead:
        if element.find(f"{qualified('w:trPr')}/{qualified('w:del')}") is not None:
            self.marks.aside.append(
                self.marks.loss("a row of a table that was deleted", words_of(element))
            )
            return []
        self._each(element, self._block)
        return None

    def _paragraph(self, element: Element) -> Instead:
        if "marked" in element.attrib:
            return None
        element.set("marked", "")
        self.marks.near = " ".join(words_of(element).split())[:NEAR] or self.marks.near
        properties = element.find(qualified("w:pPr"))
        style = properties.find(qualified("w:pStyle")) if properties is not None else None
        self._runs.style = value(style)
        self._runs.effects = {}
        self._each(element, self._inline)
        for what, words in self._runs.effects.items():
            element.append(self.marks.lost(what, "".join(words)))
        if properties is not None:
            element[1:1] = self._of_properties(properties)
        after, self._runs.after = self._runs.after, []
        return [element, *after] if after else None

    def _of_properties(self, properties: Element) -> Iterator[Element]:
        """Yield marks for a section that ends, and a bookmark that names the paragraph's list."""
        if properties.find(qualified("w:sectPr")) is not None:
            yield self.marks.lost("a section break")
        number = value(properties.find(f"{qualified('w:numPr')}/{qualified('w:numId')}"))
        if number:
            named = Element(qualified("w:bookmarkStart"))
            named.set(qualified("w:name"), f"list {number}")
            yield named

    def _inline(self, element: Element) -> Instead:
        match short(element.tag):
            case "w:r":
                return self._runs.run(element)
            case "w:hyperlink":
                self._each(element, self._inline)
                return None
            case "w:fldSimple":
                return self._simple_field(element)
            case "w:sdt":
                return self._inline_control(element)
            case "m:oMath" | "m:oMathPara":
                return [self.marks.lost("an equation", "".join(element.itertext()))]
            case _:
                return self._other(element)

    def _other(self, element: Element, *, as_block: bool = False) -> Instead:
        """Unwrap what holds others, and name what is not known."""
        name = short(element.tag)
        if name in KEPT:
            return None
        if name in WITHOUT_WORDS:
            return [] if name != "w:bookmarkStart" or not _is_ours(element) else None
        if name in {"w:ins", "w:moveTo"}:
            self._inserted += name == "w:ins"
            return list(element)
        if name in WRAPPERS:
            return list(element)
        if name == "mc:AlternateContent":
            return chosen(element)
        if name in {"w:del", "w:moveFrom"}:
            lost = self.marks.lost(DELETED if name == "w:del" else MOVED, words_of(element))
        else:
            lost = self.marks.lost(f"an element of Word ({name})", words_of(element))
        return [_paragraph_of(lost)] if as_block else [lost]

    def _simple_field(self, element: Element) -> Instead:
        code = element.get(qualified("w:instr"), "")
        is_replaced = kind_of(code) in REPLACED
        run = saying(mark(self.marks.field_of(code, words_of(element), is_replaced=is_replaced)))
        if self._runs.open:
            self._runs.open[-1].read(mark(self.marks.last - 1))
        properties = next(element.iter(qualified("w:rPr")), None)
        if properties is not None:
            run.insert(0, copy(properties))
        return [run] if is_replaced else [run, *element]

    def _inline_control(self, element: Element) -> Instead:
        name, is_placeholder = _control(element)
        content = element.find(qualified("w:sdtContent"))
        if content is None:
            return []
        if not name:
            return list(content)
        switch = " \\placeholder" if is_placeholder else ""
        code = f'CONTROL "{name}"{switch}'
        number = self.marks.field_of(code, words_of(content), is_replaced=True)
        return [saying(mark(number))]

    def _block_control(self, element: Element) -> Instead:
        content = element.find(qualified("w:sdtContent"))
        content = Element("none") if content is None else content
        name, _ = _control(element)
        gallery = value(next(element.iter(qualified("w:docPartGallery")), None))
        if gallery == "Table of Contents":
            return [_paragraph_of(self.marks.lost("a table of contents", words_of(content)))]
        paragraphs = content.findall(qualified("w:p"))
        if name and len(paragraphs) == len(content) == 1:
            inner = self._inline_control(element)
            paragraph = Element(qualified("w:p"))
            paragraph.extend(inner or [])
            return [paragraph]
        return list(content)


DELETED: Final = "words that a tracked change deletes"
MOVED: Final = "words that a tracked change moves away"


def _plain(root: Element) -> bool:
    """Take private characters, which marks are made of, out of the words; say if there were any."""
    found = False
    for each in root.iter():
        if each.text and PRIVATE.search(each.text):
            each.text = PRIVATE.sub("\ufffd", each.text)
            found = True
    return found


def _is_ours(element: Element) -> bool:
    return element.get(qualified("w:name"), "").startswith("list ")


def _paragraph_of(run: Element) -> Element:
    paragraph = Element(qualified("w:p"))
    paragraph.set("marked", "")
    paragraph.append(run)
    return paragraph


def _control(element: Element) -> tuple[str, bool]:
    """Return the name of a content control, and whether it shows a placeholder."""
    properties = element.find(qualified("w:sdtPr"))
    if properties is None:
        return "", False
    binding = properties.find(qualified("w:dataBinding"))
    path = binding.get(qualified("w:xpath"), "") if binding is not None else ""
    bound = path.rpartition("/")[2].partition("[")[0].rpartition(":")[2]
    names = (value(properties.find(qualified(name))) for name in ("w:alias", "w:tag"))
    name = next(filter(None, (*names, bound)), "").replace('"', "'")
    return name, properties.find(qualified("w:showingPlcHdr")) is not None


def _notes(package: Package, part: str, tag: str) -> Iterator[tuple[tuple[str, str], str]]:
    """Yield the words of each note or comment, by its kind and id."""
    root = package.part(f"word/{part}.xml")
    for each in root.iter(qualified(tag)) if root is not None else ():
        author = each.get(qualified("w:author"), "")
        words = words_of(each)
        said_by = f"{author}: {words}" if author else words
        yield (tag.removeprefix("w:"), each.get(qualified("w:id"), "")), said_by


def _around(kind: str, part: Element) -> Iterator[Loss]:
    """Yield what a header or a footer says, with the codes of its fields."""
    found = []
    for each in part.iter():
        match short(each.tag):
            case "w:t":
                found.append(each.text or "")
            case "w:instrText":
                found.append(f"{{{(each.text or '').strip()}}}")
            case "w:fldSimple":
                found.append(f"{{{each.get(qualified('w:instr'), '').strip()}}}")
            case "w:p" | "w:tab":
                found.append(" ")
            case "w:drawing" | "w:pict":
                found.append(" [picture] ")
    words = " ".join("".join(found).split())
    if words:
        yield Loss(what=f"the {kind}", words=words[:MOST_WORDS])
