"""The paragraphs, lists and tables of a document, as mammoth reads them.

mammoth resolves numbering, merged cells and links. It gets a package of our own making, with the
marked document, its styles, its numbering and the addresses of its links: nothing else of the file.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from io import BytesIO
from typing import Any, Final
from xml.etree.ElementTree import Element, SubElement, tostring

import mammoth
from mammoth import documents

from dispatch.files.word.document import Block, Cell, Loss, Par, Rows, Words
from dispatch.files.word.package import MAIN, PREFIXES, Package, qualified
from dispatch.files.word.styles import Styles

TYPES: Final = (
    b'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    b'<Default Extension="xml" ContentType="application/xml"/></Types>'
)
RELATIONS: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
HELD: Final = ("word/styles.xml", "word/numbering.xml")


def blocks(package: Package, root: Element, styles: Styles) -> tuple[list[Block], list[Loss]]:
    """Return the blocks of a marked document, and what the library did not understand."""
    held: list[Any] = []

    def hold(document: Any) -> Any:  # noqa: ANN401 - mammoth's own
        held.append(document)
        return documents.document([])

    result = mammoth.convert_to_html(
        BytesIO(_packed(package, root)),
        transform_document=hold,
        include_embedded_style_map=False,
        external_file_access=False,
    )
    told = (each.message for each in result.messages)
    lost = [
        Loss(what=f"the reader says: {each}") for each in told if "style" not in each.casefold()
    ]
    return [*_blocks(held[0].children, styles)], lost


def _packed(package: Package, root: Element) -> bytes:
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("[Content_Types].xml", TYPES)
        archive.writestr(MAIN, tostring(root))
        archive.writestr("word/_rels/document.xml.rels", tostring(_links(package)))
        for name in HELD:
            part = package.part(name)
            if part is not None:
                archive.writestr(name, tostring(part))
    return packed.getvalue()


def _links(package: Package) -> Element:
    """Return the relations of the document that are links."""
    root = Element(qualified("rel:Relationships"))
    for name, (kind, target, is_elsewhere) in package.related(MAIN).items():
        if kind == "hyperlink" and is_elsewhere:
            named = {"Id": name, "Type": f"{RELATIONS}/{kind}", "Target": target}
            SubElement(root, f"{{{PREFIXES['rel']}}}Relationship", named)
    return root


def _blocks(found: list[Any], styles: Styles) -> Iterator[Block]:
    for each in found:
        match each:
            case documents.Paragraph():
                yield _paragraph(each, styles)
            case documents.Table():
                yield Rows(tuple(_row(row, styles) for row in each.children))


def _row(row: Any, styles: Styles) -> tuple[Cell, ...]:  # noqa: ANN401 - mammoth's own
    cells = getattr(row, "children", [])
    return tuple(
        Cell(tuple(_flat(each.children, styles)), each.colspan, getattr(each, "rowspan", 1))
        for each in cells
        if hasattr(each, "colspan")
    )


def _flat(found: list[Any], styles: Styles) -> Iterator[Par]:
    """Yield the paragraphs of a cell; of a table in it, those of its cells."""
    for block in _blocks(found, styles):
        if isinstance(block, Par):
            yield block
        else:
            yield from (par for row in block.rows for cell in row for par in cell.pars)


def _paragraph(found: Any, styles: Styles) -> Par:  # noqa: ANN401 - mammoth's own
    style = found.style_id or ""
    numbering = found.numbering
    named = (each.name for each in found.children if isinstance(each, documents.Bookmark))
    list_id = next((name.removeprefix("list ") for name in named), "")
    heading = styles.heading(style)
    return Par(
        words=tuple(_words(found.children, Words(""))),
        heading=heading,
        level=_level(numbering, style, styles) if not heading else -1,
        is_numbered=bool(numbering and numbering.is_ordered),
        list_id=list_id,
        is_quotation=styles.is_quotation(style),
    )


def _level(numbering: Any, style: str, styles: Styles) -> int:  # noqa: ANN401 - mammoth's own
    if not numbering:
        return -1
    return int(numbering.level_index) or styles.list_level(style)


def _words(found: list[Any], style: Words) -> Iterator[Words]:
    for each in found:
        match each:
            case documents.Text(value=str(value)):
                yield Words(value, style.is_bold, style.is_italic, style.link)
            case documents.Tab():
                yield Words(" ", style.is_bold, style.is_italic, style.link)
            case documents.Break(break_type="line"):
                yield Words("\n")
            case documents.Run():
                styled = Words("", each.is_bold, each.is_italic, style.link)
                yield from _words(each.children, styled)
            case documents.Hyperlink():
                link = each.href or f"#{each.anchor}"
                linked = Words("", style.is_bold, style.is_italic, link)
                yield from _words(each.children, linked)
