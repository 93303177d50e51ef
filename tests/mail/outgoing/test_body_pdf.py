from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.mail.outgoing.body import File, body, pdfs_in

SHEET = File("decided.csv", "text/csv", b"%PDF-1.7, and yet a table")


def a_pdf(content: bytes) -> File:
    return File("Letter - Oxford.pdf", "application/pdf", content)


@given(st.binary(max_size=300))
def test_the_letter_comes_out_of_a_message_as_it_went_in(content: bytes) -> None:
    assert pdfs_in(body("Dear Jo\n", "<p>Dear Jo</p>\n", [a_pdf(content), SHEET])) == (content,)


@pytest.mark.parametrize("pdfs", [(), (b"%PDF-1",), (b"%PDF-1", b"%PDF-2")])
def test_each_language_of_a_letter_comes_out_in_its_order(pdfs: tuple[bytes, ...]) -> None:
    files = [*map(a_pdf, pdfs), SHEET]

    assert pdfs_in(body("Dear Jo\n", "<p>Dear Jo</p>\n", files)) == pdfs


def test_bytes_that_are_no_message_have_no_letter() -> None:
    assert pdfs_in(b"\xff\xfe\x00") == ()
