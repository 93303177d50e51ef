"""Check letters: each quickly when it is rendered, and its PDF in full before approval."""

from __future__ import annotations

import re
from collections.abc import Iterator
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


def _pdf_flaws(pdf: bytes) -> Iterator[str]:
    if not pdf.startswith(b"%PDF-") or not pdf.rstrip().endswith(b"%%EOF"):
        yield "the PDF is not complete"
    pages = max((int(count) for count in _PAGES.findall(pdf)), default=0)
    if not 1 <= pages <= MOST_PAGES:
        yield f"the PDF has {pages} pages, not 1 to {MOST_PAGES}"


def _expected(content: Content) -> Iterator[str]:
    """Yield the words that every letter must contain, with any template."""
    yield content.addressee.addressee
    yield content.addressed_to.official_name
    yield content.authority.official_name
    yield from map(day_in_words, (content.year_end, content.letter_date, content.upload_date))


def _spaced(text: str) -> str:
    return " ".join(text.split())


def conformance(pdf: bytes) -> list[str]:
    """Return each rule of accessible PDF (PDF/UA-1, ISO 14289-1) that a file breaks."""
    report = page.validate_pdf_bytes(pdf, profile=page.ValidationProfile.PDF_UA_1)
    return [f"{failure.rule_id}: {failure.message}" for failure in report.failures]
