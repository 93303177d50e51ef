from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.mail.outgoing.body import File, body, pdf_in

SHEET = File("decided.csv", "text/csv", b"%PDF-1.7, and yet a table")


def a_pdf(content: bytes) -> File:
    return File("Letter - Oxford.pdf", "application/pdf", content)


@given(st.binary(max_size=300))
def test_the_letter_comes_out_of_a_message_as_it_went_in(content: bytes) -> None:
    assert pdf_in(body("Dear Jo\n", "<p>Dear Jo</p>\n", [a_pdf(content), SHEET])) == content


@pytest.mark.parametrize(
    "files", [[], [SHEET], [a_pdf(b"%PDF-1"), a_pdf(b"%PDF-2")]], ids=["none", "a table", "two"]
)
def test_a_message_without_one_letter_and_one_only_has_none_to_compare(files: list[File]) -> None:
    assert pdf_in(body("Dear Jo\n", "<p>Dear Jo</p>\n", files)) is None


def test_bytes_that_are_no_message_have_no_letter() -> None:
    assert pdf_in(b"\xff\xfe\x00") is None
