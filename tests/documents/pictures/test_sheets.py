from __future__ import annotations

import struct

import pytest

from dispatch.documents.pictures import sheets
from dispatch.domain.errors import NotFound
from tests.documents.contents import TEMPLATES, a_content


def test_a_page_of_a_pdf_is_a_picture_that_is_made_once() -> None:
    pdf = TEMPLATES.render(a_content()).pdf
    loaded: list[str] = []

    def load() -> bytes:
        loaded.append("once")
        return pdf

    first = sheets.picture("of this test", 1, load)
    width, height = struct.unpack(">II", first[16:24])
    assert (first[:8], width, height) == (b"\x89PNG\r\n\x1a\n", 745, 1053)
    assert sheets.picture("of this test", 1, load) is first
    assert loaded == ["once"]
    assert sheets.picture("of this test", 2, load) != first
    for page in (0, 9):
        with pytest.raises(NotFound, match="the letter has 3 pages"):
            sheets.picture("of this test", page, load)


def test_only_so_many_pictures_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "MOST_KEPT", 1)
    monkeypatch.setattr(sheets, "_made", lambda pdf, page: pdf)
    sheets.picture("one", 1, lambda: b"1")
    sheets.picture("two", 1, lambda: b"2")
    assert sheets.picture("one", 1, lambda: b"again") == b"again"
