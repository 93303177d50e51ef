"""What stands in the runs of a document of Word: words, fields, pictures, notes and breaks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import copy
from typing import Final
from xml.etree.ElementTree import Element, SubElement

from dispatch.files.word.document import mark
from dispatch.files.word.fields import LINK, REPLACED, Open, said
from dispatch.files.word.marks import Marks
from dispatch.files.word.package import qualified, short
from dispatch.files.word.styles import Styles, is_on, value

WITHOUT_WORDS: Final = frozenset(
    {
        *("w:bookmarkStart", "w:bookmarkEnd", "w:proofErr", "w:permStart", "w:permEnd"),
        *("w:commentRangeStart", "w:commentRangeEnd", "w:lastRenderedPageBreak"),
        *("w:moveFromRangeStart", "w:moveFromRangeEnd", "w:moveToRangeStart", "w:moveToRangeEnd"),
        *("w:customXmlInsRangeStart", "w:customXmlInsRangeEnd", "w:customXmlDelRangeStart"),
        *("w:customXmlDelRangeEnd", "w:annotationRef", "w:footnoteRef", "w:endnoteRef"),
        *("w:separator", "w:continuationSeparator", "w:softHyphen", "w:sectPr"),
    }
)
"""Elements that nobody sees."""
KEPT: Final = frozenset(
    {"w:pPr", "w:rPr", "w:tblPr", "w:tblGrid", "w:trPr", "w:tcPr", "w:tblPrEx", "w:noBreakHyphen"}
)
WRAPPERS: Final = frozenset({"w:customXml", "w:smartTag", "w:dir", "w:bdo", "w:sdtContent"})
"""Elements that only hold others."""
EFFECTS: Final = {
    "w:u": "underlining",
    "w:strike": "words struck out",
    "w:dstrike": "words struck out",
    "w:highlight": "words marked in colour",
    "w:caps": "words shown in capitals",
    "w:smallCaps": "words shown in small capitals",
}

Instead = list[Element] | None
"""What takes the place of an element; None if it stays."""


class Runs:
    """Marks what stands in the runs of a document, in their order."""

    def __init__(self, marks: Marks, styles: Styles, notes: Mapping[tuple[str, str], str]) -> None:
        self._marks = marks
        self._styles = styles
        self._notes = notes
        self.open: list[Open] = []
        """Fields whose ends have not been met yet."""
        self.style = ""
        """Of the paragraph."""
        self.effects: dict[str, list[str]] = {}
        self.after: list[Element] = []
        """Paragraphs of text boxes, which follow the paragraph that they are anchored in."""

    def run(self, run: Element) -> Instead:
        if "marked" in run.attrib:
            return None
        children = [each for each in run if each.tag != qualified("w:rPr")]
        if len(children) == 1 and children[0].tag == qualified("mc:AlternateContent"):
            children = chosen(children[0])
        if len(children) != 1:
            return [_with(run, [each]) for each in children]
        for opened in self.open:
            opened.take(run)
        return self._of_run(run, children[0])

    def _of_run(self, run: Element, child: Element) -> Instead:
        """Handle a run by the only thing that is in it."""
        match short(child.tag):
            case "w:t" | "w:tab" | "w:cr" | "w:noBreakHyphen":
                return self._text(run, child)
            case "w:fldChar":
                return self._field_character(run, child)
            case "w:instrText" | "w:delInstrText":
                if self.open:
                    self.open[-1].read(child.text or "")
                run.set("marked", "")
                return None
            case _:
                return self._special(run, child)

    def _text(self, run: Element, child: Element) -> Instead:
        run.set("marked", "")
        if child.tag == qualified("w:cr"):
            child.tag = qualified("w:br")
        words = (child.text or "") if child.tag == qualified("w:t") else " "
        if self.open:
            self.open[-1].read(words)
        properties = run.find(qualified("w:rPr"))
        if properties is None:
            properties = Element(qualified("w:rPr"))
            run.insert(0, properties)
        if is_on(properties.find(qualified("w:vanish"))):
            said(run, mark(self._marks.number(self._marks.loss("hidden words", words))))
            return None
        self._note_effects(properties, words)
        self._have_style(properties)
        return None

    def _note_effects(self, properties: Element, words: str) -> None:
        for name, what in EFFECTS.items():
            if is_on(properties.find(qualified(name))) and words.strip():
                self.effects.setdefault(what, []).append(words)
        place = value(properties.find(qualified("w:vertAlign")))
        if place in {"superscript", "subscript"} and words.strip():
            self.effects.setdefault(f"{place} words", []).append(words)

    def _have_style(self, properties: Element) -> None:
        """Say in a run what its styles say of bold and italic, but for headings."""
        own = value(properties.find(qualified("w:rStyle")))
        for what in ("w:b", "w:i"):
            if properties.find(qualified(what)) is None:
                of_paragraph = self._styles.has(self.style, what)
                is_heading = self._styles.heading(self.style)
                if self._styles.has(own, what) or (of_paragraph and not is_heading):
                    SubElement(properties, qualified(what))

    def _field_character(self, run: Element, child: Element) -> Instead:
        run.set("marked", "")
        match child.get(qualified("w:fldCharType")):
            case "begin":
                opened = Open(run)
                opened.take(run)
                self.open.append(opened)
            case "separate" if self.open:
                self.open[-1].is_in_code = False
            case "end" if self.open:
                self._close(self.open.pop())
        return None

    def _close(self, field: Open) -> None:
        """Put what takes the place of a field where it begins."""
        if field.is_link:
            return
        is_replaced = field.kind in REPLACED or field.kind == LINK
        field.go(with_result=is_replaced)
        number = self._marks.field_of(field.code, field.result, is_replaced=is_replaced)
        said(field.begin, mark(number))
        if self.open:
            self.open[-1].read(mark(number))

    def _special(self, run: Element, child: Element) -> Instead:
        """Name what is not words: pictures, notes, breaks and the like."""
        name = short(child.tag)
        kind = child.get(qualified("w:type"), "textWrapping")
        if name in WITHOUT_WORDS:
            return []
        if name == "w:br" and kind == "textWrapping":
            run.set("marked", "")
            return None
        if name in {"w:drawing", "w:pict", "w:object"}:
            return self._picture(child)
        if name == "w:br":
            return [self._marks.lost(f"a {kind} break")]
        if name in REFERENCES:
            what, of_kind = REFERENCES[name]
            note = self._notes.get((of_kind, child.get(qualified("w:id"), "")), "")
            return [self._marks.lost(what, note)]
        words = "".join(child.itertext())
        if name == "w:sym":
            words = f"{child.get(qualified('w:font'), '')} {child.get(qualified('w:char'), '')}"
        return [self._marks.lost(NAMED.get(name, f"an element of Word ({name})"), words)]

    def _picture(self, element: Element) -> Instead:
        boxes = [*element.iter(qualified("w:txbxContent"))]
        for box in boxes:
            self.after += list(box)
        named = next(element.iter(qualified("wp:docPr")), None)
        words = ""
        if named is not None:
            words = named.get("descr") or named.get("title") or ""
        if boxes:
            return [self._marks.lost("a text box, whose words follow the paragraph", words)]
        kinds = {short(each.tag).partition(":")[2] for each in element.iter()}
        what = next((said for kind, said in DRAWN.items() if kind in kinds), "a drawing")
        return [self._marks.lost(what, words)]


REFERENCES: Final = {
    "w:footnoteReference": ("a footnote", "footnote"),
    "w:endnoteReference": ("an endnote", "endnote"),
    "w:commentReference": ("a comment", "comment"),
}
NAMED: Final = {
    "w:sym": "a symbol",
    "w:ptab": "a tab stop",
    "w:pgNum": "a page number",
    "w:ruby": "words with their pronunciation",
}
DRAWN: Final = {
    "blip": "a picture",
    "imagedata": "a picture",
    "chart": "a chart",
    "relIds": "a diagram",
    "OLEObject": "an embedded object",
    "textpath": "decorated text",
}


def _with(run: Element, children: Iterable[Element]) -> Element:
    """Return a run of the same properties with other children."""
    made = Element(run.tag)
    properties = run.find(qualified("w:rPr"))
    if properties is not None:
        made.append(copy(properties))
    made.extend(children)
    return made


def chosen(element: Element) -> list[Element]:
    """Return what newer programs read of two ways to say the same; else what older ones do."""
    for name in ("mc:Choice", "mc:Fallback"):
        found = element.find(qualified(name))
        if found is not None and len(found):
            return list(found)
    return []
