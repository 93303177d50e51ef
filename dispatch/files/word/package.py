"""The parts of a document of Word, within limits, and without anything from elsewhere.

A .docx is a zip of XML (ECMA-376). Word writes no document types, so a part with one is refused:
entities can be made to unpack without end, or to read files. Relations to the outside are used for
the addresses of links alone; nothing is ever fetched.
"""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Iterator, Mapping
from io import BytesIO
from typing import Final, NoReturn
from xml.etree.ElementTree import Element, ParseError, TreeBuilder, XMLParser

from dispatch.domain.errors import BadInput
from dispatch.files.disk import MEBIBYTE
from dispatch.files.tables import formats

LARGEST: Final = 20 * MEBIBYTE
"""Bytes of a document; pictures and all."""
UNPACKED: Final = 100 * MEBIBYTE
"""Bytes that all parts may unpack to together."""
LARGEST_PART: Final = 12 * MEBIBYTE
"""Bytes of one part of XML: a letter's has some 50 kB."""
PARTS: Final = 2_000

MAIN: Final = "word/document.xml"
SAVE: Final = "open it in Word or LibreOffice and save it as a Word document (.docx)"
UNREADABLE: Final = f"this document cannot be read; {SAVE}"

STRICT: Final = (
    ("http://purl.oclc.org/ooxml/wordprocessingml/main", "w"),
    ("http://purl.oclc.org/ooxml/officeDocument/relationships", "r"),
)
NAMESPACES: Final = {
    "http://schemas.openxmlformats.org/wordprocessingml/2006/main": "w",
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships": "r",
    "http://schemas.openxmlformats.org/markup-compatibility/2006": "mc",
    "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing": "wp",
    "http://schemas.openxmlformats.org/drawingml/2006/main": "a",
    "http://schemas.openxmlformats.org/officeDocument/2006/math": "m",
    "http://schemas.openxmlformats.org/package/2006/relationships": "rel",
    "urn:schemas-microsoft-com:vml": "v",
    "http://schemas.microsoft.com/office/word/2010/wordml": "w14",
    **dict(STRICT),
}
PREFIXES: Final = {prefix: uri for uri, prefix in reversed(NAMESPACES.items())}


def qualified(name: str) -> str:
    """Return the name of an element or attribute as the parser has it: of `w:p`."""
    prefix, _, local = name.partition(":")
    return f"{{{PREFIXES[prefix]}}}{local}"


def short(name: str) -> str:
    """Return the name of an element as people write it: `w:p`."""
    uri, _, local = name.removeprefix("{").partition("}")
    return f"{NAMESPACES.get(uri, 'other')}:{local}" if local else name


class _Builder(TreeBuilder):
    """Builds a tree of one kind of names; refuses a document type."""

    def start(self, tag: str, attrs: dict[str, str], /) -> Element:
        return super().start(_transitional(tag), {_transitional(k): v for k, v in attrs.items()})

    def end(self, tag: str, /) -> Element:
        return super().end(_transitional(tag))

    def doctype(self, *_: object) -> NoReturn:
        raise BadInput(f"this document has a document type in it, which Word never writes; {SAVE}")


def _transitional(name: str) -> str:
    for uri, prefix in STRICT:
        if name.startswith(f"{{{uri}}}"):
            return f"{{{PREFIXES[prefix]}}}{name.partition('}')[2]}"
    return name


def refuse_others(content: bytes) -> None:
    """Raise `BadInput` in one sentence for what is not a document of Word as it is now."""
    if not content:
        raise BadInput("the file is empty")
    what = formats.what_it_is(content)
    if "(.docx)" not in what:
        raise BadInput(f"this is {what or 'not a document of Word (.docx)'}; {SAVE}")


class Package:
    """The parts of one document."""

    def __init__(self, content: bytes) -> None:
        """Look at the parts. Raises `BadInput` for what is not a document, or too large."""
        refuse_others(content)
        self._archive = zipfile.ZipFile(BytesIO(content))
        infos = self._archive.infolist()
        if len(infos) > PARTS or sum(each.file_size for each in infos) > UNPACKED:
            raise BadInput(
                f"the document unpacks to more than {UNPACKED // MEBIBYTE} MB or has more than "
                f"{PARTS:,} parts, the most that is read"
            )
        self.names: Final = {each.filename.lstrip("/") for each in infos}
        if any(name.casefold().endswith("vbaproject.bin") for name in self.names):
            raise BadInput(
                "the document has macros in it (.docm); save it as a Word document without macros "
                "(.docx)"
            )
        if MAIN not in self.names:
            raise BadInput(UNREADABLE)

    def part(self, name: str) -> Element | None:
        """Return the root of a part of XML; None if there is no such part. Raises `BadInput`."""
        if name not in self.names:
            return None
        with self._archive.open(name) as file:
            content = file.read(LARGEST_PART + 1)
        if len(content) > LARGEST_PART:
            raise BadInput(
                f"{name} in the document has over {LARGEST_PART // MEBIBYTE} MB, the most that is "
                f"read"
            )
        parser = XMLParser(target=_Builder())  # noqa: S314 - its builder refuses document types
        try:
            parser.feed(content)
            root: Element = parser.close()
        except ParseError as error:
            raise BadInput(f"{UNREADABLE} ({name}: {error})") from error
        return root

    def related(self, name: str) -> Mapping[str, tuple[str, str, bool]]:
        """Return the relations of a part by id: kind, target, and whether it is elsewhere."""
        folder, file = posixpath.split(name)
        root = self.part(f"{folder}/_rels/{file}.rels")
        found = {}
        for each in root if root is not None else ():
            kind = each.get("Type", "").rpartition("/")[2]
            target = each.get("Target", "")
            is_elsewhere = each.get("TargetMode") == "External"
            if not is_elsewhere:
                target = posixpath.normpath(posixpath.join(folder, target)).lstrip("/")
            found[each.get("Id", "")] = (kind, target, is_elsewhere)
        return found

    def beside(self, kind: str) -> Iterator[tuple[str, Element]]:
        """Yield each part of a kind that the document refers to, such as its footers."""
        seen = set()
        for found, target, is_elsewhere in self.related(MAIN).values():
            if found == kind and not is_elsewhere and target not in seen:
                seen.add(target)
                root = self.part(target)
                if root is not None:
                    yield target, root
