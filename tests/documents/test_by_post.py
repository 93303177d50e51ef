from __future__ import annotations

import io
from datetime import date
from typing import Any, Final

import pypdfium2 as pdfium
import pytest
from pypdf import PdfReader

from dispatch.documents.by_post import MILLIMETRE, AddressSheets, joined
from dispatch.domain.errors import CannotRender
from dispatch.domain.posting.envelope import A4_HEIGHT, ENVELOPES, Box, Envelope
from dispatch.files.shipped import shipped

DAY: Final = date(2020, 7, 27)
VALUES: Final[dict[str, Any]] = {
    "title": "Annual review letter",
    "office": "Office of the Ombudsman",
    "reply_to": "annual.review@ombudsman.example",
    "authority": "Oxford City Council",
    "letter_date": date(2020, 7, 22),
    "upload_date": date(2020, 7, 29),
    "is_before_upload": True,
    "sent_date": None,
    "documents": ["ab" * 32],
}
LONG: Final = (
    *("Professor Wilhelmina Featherstonehaugh-Jones", "Chief Executive and Head of Paid Service"),
    *("Bournemouth, Christchurch and Poole Council", "Civic Centre, East Wing", "Bourne Avenue"),
    *("BOURNEMOUTH", "BH2 6DY"),
)


def sheet(lines: tuple[str, ...], envelope: Envelope, **values: object) -> bytes:
    made = AddressSheets(shipped("templates") / "post")
    return made.pdf(lines, envelope, {**VALUES, **values}, day=DAY)


def words(pdf: bytes) -> list[tuple[str, Box]]:
    """Return each line of a page with where its ink is, in millimetres from the left and top."""
    page = pdfium.PdfDocument(pdf)[0]
    text = page.get_textpage()
    found = []
    for at in range(text.count_rects()):
        left, bottom, right, top = text.get_rect(at)
        box = [left, A4_HEIGHT * MILLIMETRE - top, right, A4_HEIGHT * MILLIMETRE - bottom]
        said = text.get_text_bounded(left, bottom, right, top).strip()
        found.append((said, Box(*(each / MILLIMETRE for each in box))))
    return found


@pytest.mark.parametrize("lines", [LONG, LONG[-3:], LONG[:1]], ids=["seven", "three", "one"])
@pytest.mark.parametrize("envelope", ENVELOPES.values(), ids=ENVELOPES)
def test_the_address_and_nothing_else_is_in_the_window(
    envelope: Envelope, lines: tuple[str, ...]
) -> None:
    found = words(sheet(lines, envelope))
    ours = [each for each in found if each[1].top < envelope.may_show.bottom]
    assert [said for said, _ in ours] == list(lines)
    for said, box in ours:
        assert envelope.shows.holds(box), (said, box)
    assert len(found) > len(ours)  # the words below


def test_the_sheet_says_whether_it_went_by_email() -> None:
    envelope = ENVELOPES["dl"]
    unsent = " ".join(said for said, _ in words(sheet(LONG, envelope)))
    assert "We were not able to send you the letter that follows by email" in unsent
    sent = words(sheet(LONG, envelope, sent_date=date(2020, 7, 22), is_before_upload=False))
    assert "by email on 22 July 2020" in " ".join(said for said, _ in sent)
    assert "We publish it" not in " ".join(said for said, _ in sent)


def test_what_the_font_lacks_is_refused_and_not_printed_otherwise() -> None:
    with pytest.raises(CannotRender, match="the font lacks"):
        sheet(("Ms \u4e2d", "AB1 2CD"), ENVELOPES["dl"])


def test_a_print_file_is_printed_at_its_size_with_its_fonts_in_it() -> None:
    one = sheet(LONG, ENVELOPES["c5"])
    made = joined([[one, one], [one]], title="by post", is_double_sided=False)
    reader: Any = PdfReader(io.BytesIO(made.content))
    assert (made.pages, made.sheets) == (3, 3)
    wishes = reader.root_object["/ViewerPreferences"]
    assert wishes == {"/PrintScaling": "/None", "/Duplex": "/Simplex"}
    for page in reader.pages:
        for font in page["/Resources"]["/Font"].values():
            [inner] = font.get_object()["/DescendantFonts"]
            assert {"/FontFile2", "/FontFile3"} & inner.get_object()["/FontDescriptor"].keys()


def test_printed_on_both_sides_each_pdf_begins_in_front() -> None:
    one = sheet(LONG, ENVELOPES["c5"])
    made = joined([[one, one], [one]], title="by post", is_double_sided=True)
    texts = [page.extract_text().strip() for page in PdfReader(io.BytesIO(made.content)).pages]
    assert [bool(text) for text in texts] == [True, False] * 3
    assert made.sheets == 3


def test_what_is_no_letter_is_refused() -> None:
    with pytest.raises(CannotRender, match="cannot be read"):
        joined([[b"%PDF-1.7\nnothing"]], title="by post", is_double_sided=False)
