from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from typing import Any, Final

import pytest
from pypdf import PdfWriter

from dispatch.documents import check as checks
from dispatch.documents.check import check, conformance, missing, names_missing
from dispatch.domain.errors import CannotRender
from dispatch.domain.letter import Content
from tests.documents.contents import (
    DECIDED,
    MITCHELL,
    RECEIVED,
    TEMPLATES,
    about,
    boxes,
)

CONTENT: Final = about(
    "Birmingham City Council",
    "Metropolitan Borough",
    boxes=boxes((43, 72, 62), (44, 45, 99), (0, 43, 11)),
    tables=(RECEIVED, DECIDED),
    bespoke="Two things:\n\n- the first\n- the second",
)
LETTER: Final = TEMPLATES.render(CONTENT)
JONES: Final = replace(MITCHELL, surname="Jones")


def test_a_good_letter_passes() -> None:
    check(CONTENT, LETTER)
    assert conformance(LETTER.pdf) == []


@pytest.mark.parametrize(
    ("changes", "flaw"),
    [
        ({"pdf": b"<html>"}, "the PDF is not complete; the PDF has 0 pages"),
        ({"pdf": LETTER.pdf[:-9]}, "the PDF is not complete"),
        (
            {"pdf": LETTER.pdf.replace(b"/Pages/Count 3", b"/Pages/Count 9")},
            "the PDF has 9 pages, not 1 to 8",
        ),
        (
            {"pdf": TEMPLATES.render(replace(CONTENT, addressee=JONES)).pdf},
            "the PDF does not say Mr Mitchell",
        ),
        ({"text": LETTER.text + "{{ name }}"}, "the text still says {{; the text still says }}"),
        ({"text": LETTER.text.replace("60%", "66%")}, "the text does not say 60%"),
        ({"text": LETTER.text.replace("\n0%", "\n10%")}, "the text does not say 0%"),
        ({"text": LETTER.text.replace("29 July", "28 July")}, "does not say 29 July 2020"),
        ({"text": LETTER.text.replace("Mitchell", "Michel")}, "does not say Mr Mitchell"),
        ({"text": LETTER.text.replace("City", "Town")}, "not say Birmingham City Council"),
    ],
)
def test_a_letter_that_cannot_be_right_is_refused(changes: dict[str, Any], flaw: str) -> None:
    with pytest.raises(CannotRender, match=flaw.replace("{", r"\{")):
        check(CONTENT, replace(LETTER, **changes))


@pytest.mark.parametrize("name", ["None", "nan", "undefined"])
def test_a_placeholder_is_no_addressee(name: str) -> None:
    content = replace(CONTENT, addressee=replace(MITCHELL, surname=name))
    with pytest.raises(CannotRender, match=f"annual-review: .*addressed to {name}"):
        TEMPLATES.render(content)


def test_a_pdf_that_is_not_accessible_is_told_why() -> None:
    untitled = LETTER.pdf.replace(b"pdfuaid:part", b"pdfuaid:pert")
    assert any("PDFUA1-" in failure for failure in conformance(untitled))


LONG: Final = "Featherstonehaugh-Cholmondeley-Wolfeschlegelsteinhausen-Bergerdorff " * 2


def letter_to(surname: str, official_name: str) -> tuple[Content, bytes]:
    content = about(official_name, "District Council")
    content = replace(content, addressee=replace(MITCHELL, surname=surname))
    return content, TEMPLATES.render(content).pdf


@pytest.mark.parametrize(
    ("surname", "official_name"),
    [
        ("Mitchell", "Oxford City Council"),
        ("O\u2019Brien-Llewellyn", "King\u2019s Lynn & West Norfolk Council"),
        ("G\u0175yn-\u0176ork", "Cyngor Sir Gaerfyrddin"),
        ("Affleck-Finlay", "The Office of Waffle District Council"),  # ligatures
        (LONG.strip(), f"{'Bournemouth, Christchurch, ' * 6}and Poole Council"),  # they wrap
    ],
)
def test_the_names_of_a_letter_are_found_in_its_pdf_without_another_library(
    monkeypatch: pytest.MonkeyPatch, surname: str, official_name: str
) -> None:
    monkeypatch.setattr(checks, "_by_pypdf", lambda _: iter(()))
    content, pdf = letter_to(surname, official_name)
    assert list(names_missing(content, pdf)) == []
    other = replace(content, addressee=replace(MITCHELL, surname="Green"))
    assert list(names_missing(other, pdf)) == ["the PDF does not say Mr Green"]
    assert missing(pdf, ["Worthing Borough Council", ""]) == ["Worthing Borough Council"]


def test_a_pdf_of_another_structure_is_read_by_a_library() -> None:
    content, pdf = letter_to("Mitchell", "Oxford City Council")
    writer = PdfWriter(clone_from=BytesIO(pdf))
    saved = BytesIO()
    writer.write(saved)
    assert list(names_missing(content, saved.getvalue())) == []
    assert missing(saved.getvalue(), ["Worthing Borough Council"])


@pytest.mark.parametrize("pdf", [b"", b"%PDF-1.7", b"%PDF-1.7\n1 0 obj\n<</Type/Page>>\nendobj\n"])
def test_what_cannot_be_read_holds_no_name(pdf: bytes) -> None:
    assert missing(pdf, ["Oxford"]) == ["Oxford"]


def test_a_stream_that_is_damaged_says_nothing() -> None:
    content, pdf = letter_to("Mitchell", "Oxford City Council")
    damaged = pdf.replace(b"stream\nx", b"stream\ny")
    assert len(list(names_missing(content, damaged))) == 2
