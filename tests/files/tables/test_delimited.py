from __future__ import annotations

import pytest

from dispatch.domain.errors import BadInput
from dispatch.files.tables import delimited
from dispatch.files.tables.grid import ROWS
from tests.files.tables.written import csv_of, refusal_of


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_excels_delimiters_are_recognised(delimiter: str) -> None:
    content = csv_of(["name", "note"], ["Oxford", "a, b; c"], delimiter=delimiter)

    assert delimited.read("a.csv", content).rows == [["name", "note"], ["Oxford", "a, b; c"]]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_text_from_windows_and_elsewhere_reads_the_same(encoding: str) -> None:
    content = csv_of(["surname"], ["Brontë"], encoding=encoding)

    assert delimited.read("a.csv", content).rows == [["surname"], ["Brontë"]]


def test_a_byte_that_windows_does_not_define_is_no_text() -> None:
    assert "line 2 (byte 6, 81): this is neither UTF-8 nor Windows-1252" in refusal_of(
        lambda: delimited.read("a.csv", b"name\n\x81\x8d\n")
    )


def test_bytes_that_no_text_has_are_no_table() -> None:
    with pytest.raises(BadInput, match=r"^a\.csv: this is neither CSV nor a spreadsheet; save"):
        delimited.read("a.csv", b"\x01\x02\x03 and more")


def test_a_line_break_in_quotation_marks_does_not_shift_the_rows() -> None:
    rows = delimited.read("a.csv", b'name,note\nOxford,"a\nb"\nAdur,c\n').rows

    assert rows[2] == ["Adur", "c"]


def test_a_quotation_mark_that_is_not_closed_swallows_nothing() -> None:
    message = refusal_of(lambda: delimited.read("a.csv", b'name,note\nOxford,"a\nAdur,b\n'))

    assert "cannot be read as CSV" in message
    assert "a quotation mark that is not closed" in message


def test_blank_lines_are_rows_so_that_numbers_stay_right() -> None:
    assert delimited.read("a.csv", b"\n\nname,note\n").rows == [[], [], ["name", "note"]]


def test_too_many_rows_are_refused() -> None:
    with pytest.raises(BadInput, match="more than 100000 rows"):
        delimited.read("a.csv", b"x\n" * (ROWS + 2))


def test_as_many_rows_as_may_be_are_read() -> None:
    assert len(delimited.read("a.csv", b"x\n" * (ROWS + 1)).rows) == ROWS + 1
