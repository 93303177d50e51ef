from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import pytest

from dispatch.documents.check import check, conformance
from dispatch.domain.errors import CannotRender
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
