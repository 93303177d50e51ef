from __future__ import annotations

import tracemalloc
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from dispatch.domain.errors import BadInput
from dispatch.files.disk import MEBIBYTE
from dispatch.files.tables import workbook
from dispatch.files.tables.grid import COLUMNS, ROWS, Grid, Oddity
from tests.files.tables.written import (
    ods_of,
    ods_row,
    parts_of,
    refusal_of,
    xlsx_of,
    xlsx_with,
    zip_of,
)

pytestmark = pytest.mark.heavy

SHEET = "xl/worksheets/sheet1.xml"


def with_cell(reference: str, row: int) -> bytes:
    """Return a workbook of a few kilobytes with one cell far from the others."""
    parts = parts_of(xlsx_of(["name"], ["Oxford"]))
    cell = f'<row r="{row}"><c r="{reference}"><v>1</v></c></row></sheetData>'
    parts[SHEET] = parts[SHEET].replace(b"</sheetData>", cell.encode())
    return zip_of(parts)


def read(content: bytes) -> Grid:
    """Return what the child reads, without a child."""
    *cells, said = workbook.rows(content)
    assert isinstance(said, dict)
    oddities = tuple(Oddity(*each) for each in said["oddities"])
    return Grid([row for row in cells if isinstance(row, list)], oddities, tuple(said["notes"]))


def rules(content: bytes) -> list[tuple[int | None, int | None, str]]:
    """Return what is odd in a workbook, with its row and column."""
    return [(odd.row, odd.column, odd.rule) for odd in read(content).oddities]


def test_cells_are_read_as_a_person_would_type_them() -> None:
    content = xlsx_of(["name", 5, 2.5, date(2020, 7, 22), True], ["Brontë", 1234567])

    assert read(content).rows == [
        ["name", "5", "2.5", "2020-07-22", "true"],
        ["Brontë", "1234567", "", "", ""],
    ]
    # From the other process they come without blank cells at their ends.
    assert workbook.read_apart("a.xlsx", content).rows == [
        ["name", "5", "2.5", "2020-07-22", "true"],
        ["Brontë", "1234567"],
    ]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (5.0, "5"),
        (0.61, "0.61"),
        (-3, "-3"),
        (False, "false"),
        (date(2020, 7, 2), "2020-07-02"),
        (datetime(2020, 7, 2), "2020-07-02"),  # noqa: DTZ001 - cells have no zone
        (datetime(2020, 7, 2, 9, 30), "2020-07-02T09:30:00"),  # noqa: DTZ001
        (time(9, 30), "09:30:00"),
        (timedelta(hours=1), "1:00:00"),
        ("", ""),
    ],
)
def test_each_sort_of_cell_has_one_text(cell: Any, text: str) -> None:
    assert workbook.as_text(cell) == text


def test_rows_keep_their_numbers_when_the_table_begins_further_down() -> None:
    assert read(xlsx_of([], [], ["name"])).rows[2] == ["name"]


def test_a_spreadsheet_of_libreoffice_is_read() -> None:
    blank = "<table:table-cell table:number-columns-repeated='16382'/>"
    filler = f"<table:table-row table:number-rows-repeated='1048574'>{blank}</table:table-row>"
    content = ods_of(ods_row("name", "note"), ods_row("Oxford", "a"), filler)

    assert read(content).rows == [["name", "note"], ["Oxford", "a"]]


def test_an_empty_second_sheet_is_no_matter() -> None:
    content = xlsx_with({"Contacts": [["name"]], "Notes": []})

    assert read(content).rows == [["name"]]


def test_a_hidden_sheet_is_not_read() -> None:
    parts = parts_of(xlsx_with({"Contacts": [["name"]], "Choices": [["yes"], ["no"]]}))
    book = parts["xl/workbook.xml"]
    parts["xl/workbook.xml"] = book.replace(
        b'sheetId="2" state="visible"', b'sheetId="2" state="hidden"'
    )
    assert parts["xl/workbook.xml"] != book

    assert read(zip_of(parts)).rows == [["name"]]


def test_two_filled_sheets_are_refused_rather_than_one_left_out() -> None:
    content = xlsx_with({"North": [["name"]], "South": [["name"]]})

    with pytest.raises(BadInput, match=r"^more than one sheet is filled in \(North, South"):
        list(workbook.rows(content))


def test_a_spreadsheet_with_nothing_in_it_is_refused() -> None:
    assert "has nothing in it" in refusal_of(lambda: list(workbook.rows(xlsx_of())))


def test_what_the_reader_says_comes_after_the_files_name() -> None:
    message = refusal_of(lambda: workbook.read_apart("a.xlsx", xlsx_of()))

    assert message == "a.xlsx: the spreadsheet has nothing in it"


def test_the_answer_has_each_row() -> None:
    assert list(workbook.answer(xlsx_of(["name"], ["Brontë\n"]))) == [
        ["name"],
        ["Brontë\n"],
        {"oddities": [], "notes": []},
    ]


def test_a_refusal_is_the_last_of_an_answer() -> None:
    assert list(workbook.answer(xlsx_of())) == [{"refused": "the spreadsheet has nothing in it"}]


def test_a_reader_that_takes_too_long_is_given_up() -> None:
    assert "this spreadsheet cannot be read" in refusal_of(
        lambda: workbook.read_apart("a.xlsx", xlsx_of(["name"]), seconds=0)
    )


@pytest.mark.parametrize(
    "content",
    [
        workbook.ZIP_MAGIC + b"and nothing of a zip",
        xlsx_of(["name"])[:-200],
        zip_of({"letter.txt": b"not a spreadsheet"}),
    ],
)
def test_a_damaged_spreadsheet_is_refused(content: bytes) -> None:
    assert "this spreadsheet cannot be read" in refusal_of(
        lambda: workbook.read_apart("a.xlsx", content)
    )


def test_a_cell_far_away_ends_the_reader_and_not_the_program() -> None:
    far = with_cell("XFD1048576", 1_048_576)

    assert len(far) < 10_000
    assert "this spreadsheet cannot be read" in refusal_of(
        lambda: workbook.read_apart("a.xlsx", far)
    )


@pytest.mark.parametrize(("reference", "row"), [(f"A{ROWS + 2}", ROWS + 2), ("HZ3", 3)])
def test_too_many_rows_or_columns_are_refused(reference: str, row: int) -> None:
    message = refusal_of(lambda: list(workbook.rows(with_cell(reference, row))))

    assert f"reaches to row {row} " in message
    assert f"{ROWS} rows and {COLUMNS} columns are the most that is read" in message


def test_a_zip_bomb_is_refused_in_bounded_memory() -> None:
    bomb = zip_of({SHEET: bytes(workbook.UNPACKED + 1)})
    assert len(bomb) < MEBIBYTE

    tracemalloc.start()
    message = refusal_of(lambda: workbook.check_unpacked(bomb))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert "unpacks to more than 100 MB, the most that is read; save the sheet as CSV" in message
    assert peak < 10 * MEBIBYTE


def test_a_zip_that_lies_about_its_size_is_refused_in_bounded_memory() -> None:
    size = 64 * MEBIBYTE
    honest = zip_of({SHEET: bytes(size)})
    liar = honest.replace(size.to_bytes(4, "little"), (1000).to_bytes(4, "little"))
    assert liar != honest

    tracemalloc.start()
    with pytest.raises(BadInput, match="this spreadsheet cannot be read"):
        workbook.check_unpacked(liar, largest=MEBIBYTE)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 10 * MEBIBYTE


def test_parts_that_are_too_much_together_are_refused() -> None:
    bomb = zip_of({f"{n}.xml": bytes(MEBIBYTE) for n in range(3)})

    assert "unpacks to more than 2 MB" in refusal_of(
        lambda: workbook.check_unpacked(bomb, largest=2 * MEBIBYTE)
    )
    workbook.check_unpacked(bomb, largest=3 * MEBIBYTE)


def test_one_text_in_very_many_cells_is_refused() -> None:
    content = ods_of(ods_row("x" * 30_000, columns=200, rows=20))

    assert len(content) < 10_000
    assert "unpacks to more than 100 MB" in refusal_of(
        lambda: workbook.read_apart("a.ods", content)
    )
