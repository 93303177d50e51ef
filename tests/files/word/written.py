"""Documents of Word, written as the XML that Word writes, so that a test says what is in one."""

from __future__ import annotations

import zipfile
from io import BytesIO
from typing import Final
from xml.sax.saxutils import escape

NAMESPACES: Final = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math" '
    'xmlns:v="urn:schemas-microsoft-com:vml" '
    'xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml"'
)
RELATIONS: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
TYPES: Final = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="xml" ContentType="application/xml"/></Types>'
)

STYLES: Final = """
<w:style w:type="paragraph" w:styleId="H1"><w:name w:val="heading 1"/></w:style>
<w:style w:type="paragraph" w:styleId="H2"><w:name w:val="heading 2"/></w:style>
<w:style w:type="paragraph" w:styleId="Ours"><w:name w:val="Our own"/>
<w:basedOn w:val="H2"/></w:style>
<w:style w:type="paragraph" w:styleId="Q"><w:name w:val="Quote"/></w:style>
<w:style w:type="paragraph" w:styleId="Bold"><w:name w:val="Loud"/><w:rPr><w:b/></w:rPr></w:style>
<w:style w:type="character" w:styleId="Em"><w:name w:val="Emphasis"/><w:rPr><w:i/></w:rPr></w:style>
"""
NUMBERING: Final = """
<w:abstractNum w:abstractNumId="0">
<w:lvl w:ilvl="0"><w:numFmt w:val="bullet"/></w:lvl>
<w:lvl w:ilvl="1"><w:numFmt w:val="bullet"/></w:lvl>
</w:abstractNum>
<w:abstractNum w:abstractNumId="1">
<w:lvl w:ilvl="0"><w:numFmt w:val="decimal"/></w:lvl>
<w:lvl w:ilvl="1"><w:numFmt w:val="decimal"/></w:lvl>
</w:abstractNum>
<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>
<w:num w:numId="2"><w:abstractNumId w:val="1"/></w:num>
"""


def docx(
    body: str,
    *,
    links: dict[str, str] | None = None,
    parts: dict[str, str | bytes] | None = None,
    related: dict[str, tuple[str, str]] | None = None,
) -> bytes:
    """Return a document with this XML in its body.

    `links` are addresses by the ids of their relations, `related` other parts' kinds and names, and
    `parts` more files of the zip.
    """
    relations = "".join(
        f'<Relationship Id="{name}" Type="{RELATIONS}/hyperlink" Target="{escape(target)}" '
        f'TargetMode="External"/>'
        for name, target in (links or {}).items()
    ) + "".join(
        f'<Relationship Id="{name}" Type="{RELATIONS}/{kind}" Target="{target}"/>'
        for name, (kind, target) in (related or {}).items()
    )
    found: dict[str, str | bytes] = {
        "[Content_Types].xml": TYPES,
        "word/document.xml": f"<w:document {NAMESPACES}><w:body>{body}</w:body></w:document>",
        "word/_rels/document.xml.rels": (
            '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            f"{relations}</Relationships>"
        ),
        "word/styles.xml": f"<w:styles {NAMESPACES}>{STYLES}</w:styles>",
        "word/numbering.xml": f"<w:numbering {NAMESPACES}>{NUMBERING}</w:numbering>",
        **(parts or {}),
    }
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in found.items():
            archive.writestr(name, content)
    return packed.getvalue()


def part(tag: str, inner: str) -> str:
    """Return a part of XML such as the footnotes."""
    return f"<w:{tag} {NAMESPACES}>{inner}</w:{tag}>"


def t(text: str) -> str:
    return f'<w:t xml:space="preserve">{escape(text)}</w:t>'


def r(text: str, properties: str = "") -> str:
    """Return a run with words."""
    return f"<w:r><w:rPr>{properties}</w:rPr>{t(text)}</w:r>"


def raw(inner: str) -> str:
    """Return a run with something else in it."""
    return f"<w:r>{inner}</w:r>"


def p(*runs: str, style: str = "", number: tuple[int, int] | None = None) -> str:
    """Return a paragraph; `number` is its list and level."""
    styled = f'<w:pStyle w:val="{style}"/>' if style else ""
    listed = (
        f'<w:numPr><w:ilvl w:val="{number[1]}"/><w:numId w:val="{number[0]}"/></w:numPr>'
        if number
        else ""
    )
    inner = "".join(each if each.startswith("<") else r(each) for each in runs)
    return f"<w:p><w:pPr>{styled}{listed}</w:pPr>{inner}</w:p>"


def char(kind: str) -> str:
    return raw(f'<w:fldChar w:fldCharType="{kind}"/>')


def code(text: str) -> str:
    return raw(f'<w:instrText xml:space="preserve">{escape(text)}</w:instrText>')


def field(*inner: str, result: str = "«old»") -> str:
    """Return a complex field: each piece of its code is in a run of its own."""
    pieces = "".join(each if each.startswith("<") else code(each) for each in inner)
    shown = f"{char('separate')}{r(result)}" if result else ""
    return f"{char('begin')}{pieces}{shown}{char('end')}"


def simple(instruction: str, result: str = "«old»") -> str:
    """Return a simple field."""
    said = escape(instruction, {'"': "&quot;"})
    return f'<w:fldSimple w:instr="{said}">{r(result)}</w:fldSimple>'


def table(*rows: tuple[str, ...]) -> str:
    """Return a table of paragraphs, or of cells with their own XML."""
    lines = (
        "".join(each if each.startswith("<w:tc>") else f"<w:tc>{each}</w:tc>" for each in row)
        for row in rows
    )
    return f"<w:tbl>{''.join(f'<w:tr>{line}</w:tr>' for line in lines)}</w:tbl>"


def control(inner: str, *, alias: str = "", properties: str = "") -> str:
    """Return a content control."""
    named = f'<w:alias w:val="{alias}"/>' if alias else ""
    return (
        f"<w:sdt><w:sdtPr>{named}{properties}</w:sdtPr><w:sdtContent>{inner}</w:sdtContent></w:sdt>"
    )
