"""Check letters: each quickly when it is rendered, and its PDF in full before approval.

The words of a PDF of our own are read here in half a millisecond, a twentieth of what making it
takes; pypdf takes longer than making it. What is not found so is looked for by pypdf as well before
anybody says that it is not there: one that was signed or saved may have another structure.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from importlib.metadata import version
from io import BytesIO
from typing import Final

import page

from dispatch.documents.sandbox import plain
from dispatch.domain.calendar import day_in_words
from dispatch.domain.errors import CannotRender
from dispatch.domain.letter import Content, Rendered

MOST_PAGES: Final = 8
"""A letter has three pages; if there is much to say about one authority, a few more."""
MARKS: Final = ("{{", "}}", "{%", "%}", ":::")
"""Marks of a template's own syntax, which must not be left in a letter."""
PLACEHOLDERS: Final = re.compile(r"\b(?:None|nan|NaN|undefined)\b")
"""Words that spreadsheets and programs leave in place of a missing name."""
_PERCENTAGES: Final = re.compile(r"\d+(?=%)")
_PAGES: Final = re.compile(rb"/Type ?/Pages ?/Count (\d+)")


def check(content: Content, rendered: Rendered) -> None:
    """Raise `CannotRender` if a rendered letter is certainly wrong, with every reason."""
    if flaws := [*_flaws(content, rendered)]:
        raise CannotRender("; ".join(flaws))


def _flaws(content: Content, rendered: Rendered) -> Iterator[str]:
    yield from _pdf_flaws(rendered.pdf)
    yield from names_missing(content, rendered.pdf)
    said = _spaced(rendered.text)
    yield from (f"the text still says {mark}" for mark in MARKS if mark in said)
    for expected in _expected(content):
        if _spaced(plain(expected)) not in said:
            yield f"the text does not say {expected}"
    printed = set(_PERCENTAGES.findall(said))
    for box in content.boxes:
        if box.base and str(box.percent) not in printed:
            yield f"the text does not say {box.percent}%"
    for line in (content.addressee.addressee, content.addressee.title):
        if found := PLACEHOLDERS.search(line):
            yield f"the letter is addressed to {found[0]}"


def page_count(pdf: bytes) -> int:
    """Return how many pages a PDF of ours has."""
    return max((int(count) for count in _PAGES.findall(pdf)), default=0)


def _pdf_flaws(pdf: bytes) -> Iterator[str]:
    if not pdf.startswith(b"%PDF-") or not pdf.rstrip().endswith(b"%%EOF"):
        yield "the PDF is not complete"
    pages = page_count(pdf)
    if not 1 <= pages <= MOST_PAGES:
        yield f"the PDF has {pages} pages, not 1 to {MOST_PAGES}"


def names_missing(content: Content, pdf: bytes) -> Iterator[str]:
    """Say which names a letter's PDF does not hold: its authority's, and of whom it goes to."""
    names = (
        content.authority.official_name,
        content.addressed_to.official_name,
        content.addressee.addressee,
    )
    yield from (f"the PDF does not say {name}" for name in missing(pdf, dict.fromkeys(names)))


def _expected(content: Content) -> Iterator[str]:
    """Yield the words that every letter must contain, with any template."""
    yield content.addressee.addressee
    yield content.addressed_to.official_name
    yield content.authority.official_name
    for day in (content.year_end, content.letter_date, content.upload_date):
        yield _in_words(day, content.language)


def _in_words(day: date, language: str) -> str:
    if not language:
        return day_in_words(day)
    from dispatch.documents.languages import formats  # noqa: PLC0415 - CLDR takes 50 ms

    return formats.day(day, language)


def _spaced(text: str) -> str:
    return " ".join(text.split())


CHECKER: Final = f"page-validation {version('page-validation')}, PDF/UA-1"
"""What checks, so that another version of it checks again."""


def conformance(pdf: bytes) -> list[str]:
    """Return each rule of accessible PDF (PDF/UA-1, ISO 14289-1) that a file breaks."""
    report = page.validate_pdf_bytes(pdf, profile=page.ValidationProfile.PDF_UA_1)
    return [f"{failure.rule_id}: {failure.message}" for failure in report.failures]


PAGE: Final = re.compile(rb"/Type ?/Page/Resources (\d+) 0 R[^\n]*?/Contents (\d+) 0 R")
FONT: Final = re.compile(rb"/([^\s/<>\[\]()]+) (\d+) 0 R")
TO_UNICODE: Final = re.compile(rb"/ToUnicode (\d+) 0 R")
FONTS: Final = re.compile(rb"/Font ?<<([^<>]*)>>")
SHOWN: Final = re.compile(
    rb"/(\w+) [\d.]+ Tf|\(([^()\\]*(?:\\.[^()\\]*)*)\)|<([0-9A-Fa-f]*)>", re.DOTALL
)
"""A font that is chosen, or a string of glyphs (ISO 32000-1 7.3.4, 9.3)."""
MAPPED: Final = re.compile(rb"<([0-9A-Fa-f]{4})> <([0-9A-Fa-f]+)>")


def missing(pdf: bytes, names: Iterable[str]) -> list[str]:
    """Return which names a PDF does not hold, whatever breaks, hyphens and marks are in them.

    A name counts as there if its letters and digits are, one after the other.
    """
    wanted = [each for each in names if _letters(each)]
    for read in (_ours, _by_pypdf):
        text = ""
        for piece in read(pdf) if wanted else ():
            text += _letters(piece)
            wanted = [each for each in wanted if _letters(each) not in text]
            if not wanted:
                break
    return wanted


def _letters(text: str) -> str:
    """Return the letters and digits of a text as they are compared: ligatures are apart."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text).casefold()))


def _ours(pdf: bytes) -> Iterator[str]:
    """Yield the text of each page of a PDF that has the structure of our own; else nothing."""
    tables: dict[bytes, Mapping[int, str]] = {}
    for each in PAGE.finditer(pdf):
        resources, contents = each.groups()
        fonts = FONTS.search(pdf, *_extent(pdf, resources))
        named = dict(FONT.findall(fonts[1])) if fonts else {}
        for number in named.values() - tables.keys():
            tables[number] = _table(pdf, number)
        tables_by_name = {name: tables[number] for name, number in named.items()}
        yield from _shown(_stream(pdf, contents), tables_by_name)


def _extent(pdf: bytes, number: bytes) -> tuple[int, int]:
    """Return where an object begins and ends, as it was last written; nowhere if it is not there.

    A signature adds objects to the end of a file, of which the last counts.
    """
    start = pdf.rfind(b"\n" + number + b" 0 obj")
    return (0, 0) if start < 0 else (start, pdf.find(b"endobj", start))


def _stream(pdf: bytes, number: bytes) -> bytes:
    """Return what the stream of an object holds; nothing if it cannot be read."""
    start, end = _extent(pdf, number)
    begin = pdf.find(b"stream", start, end)
    if begin < 0:
        return b""
    content = pdf[begin + len(b"stream") : pdf.find(b"endstream", begin)].lstrip(b"\r\n")
    if b"/FlateDecode" not in pdf[start:begin]:
        return content
    try:
        return zlib.decompressobj().decompress(content, MOST_BYTES)
    except zlib.error:
        return b""


MOST_BYTES: Final = 4_000_000
"""Of the text of one page: a letter's has some 25 kB."""


def _table(pdf: bytes, number: bytes) -> Mapping[int, str]:
    """Return the text of each glyph of a font (ISO 32000-1 9.10.3)."""
    found = TO_UNICODE.search(pdf, *_extent(pdf, number))
    return {
        int(glyph, 16): bytes.fromhex(text.decode()).decode("utf-16-be", "replace")
        for glyph, text in MAPPED.findall(_stream(pdf, found[1]) if found else b"")
    }


def _shown(stream: bytes, fonts: Mapping[bytes, Mapping[int, str]]) -> Iterator[str]:
    """Yield the text of a page, a font's run after the other, so that its end need not be read."""
    strings: list[bytes] = []
    table: Mapping[int, str] = {}
    for match in SHOWN.finditer(stream):
        font, string, digits = match.groups()
        if font is None:
            strings.append(bytes.fromhex(digits.decode()) if digits else _unescaped(string or b""))
            continue
        yield _text(strings, table)
        strings, table = [], fonts.get(font, {})
    yield _text(strings, table)


def _text(strings: list[bytes], table: Mapping[int, str]) -> str:
    """Return what strings of glyphs, of two octets each, say in a font."""
    # One by one: a name of a language between them has an odd length.
    return "".join([each.decode("utf-16-be", "replace") for each in strings]).translate(table)


def _unescaped(string: bytes) -> bytes:
    if b"\\" not in string:
        return string
    plain = string.replace(rb"\(", rb"\050").replace(rb"\)", rb"\051")
    return plain.decode("unicode_escape").encode("latin-1", "replace")


def _by_pypdf(pdf: bytes) -> Iterator[str]:
    """Yield the text of each page as pypdf reads it; nothing if it cannot."""
    from pypdf import PdfReader  # noqa: PLC0415 - takes a tenth of a second, and is seldom needed
    from pypdf.errors import PyPdfError  # noqa: PLC0415 - the same

    try:
        for page in PdfReader(BytesIO(pdf)).pages:
            yield page.extract_text()
    except (PyPdfError, ValueError, KeyError, TypeError, RecursionError):
        return
