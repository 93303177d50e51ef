from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.domain.errors import BadInput
from dispatch.files.tables import fields
from dispatch.files.tables.faults import Faults
from dispatch.files.tables.grid import CELL_CHARACTERS, COLUMNS
from dispatch.files.tables.headings import Columns
from dispatch.files.tables.sheet import Row, Sheet, repeated
from tests.files.tables.written import csv_of, problems_of, refusal_of, xlsx_of

KINDS = Columns(
    kind="contacts",
    command="dispatch import contacts FILE",
    required=("authority", "address"),
    optional=("job_title", "note"),
    families=("received_",),
    aliases={"email_address": "address"},
)

HEADINGS = ["authority", "address", "job_title"]
OXFORD = ["OXO", "chief@oxford.example", "Chief Executive"]


def read(content: bytes) -> Sheet:
    return Sheet.read("contacts.csv", content, KINDS)


def problems(content: bytes) -> tuple[str, ...]:
    def settle() -> None:
        read(content).faults.settle()

    return problems_of(settle)


def cells(content: bytes) -> list[tuple[int, dict[str, str]]]:
    return [(row.number, dict(row.cells)) for row in read(content).rows]


@given(st.permutations(range(5)))
def test_any_order_of_the_columns_reads_the_same(order: list[int]) -> None:
    table = [
        ["authority", "address", "job_title", "note", "received_housing"],
        ["OXO", "chief@oxford.example", "Chief Executive", "", "4"],
        ["ADU", "chief@adur.example", "", "interim", ""],
    ]
    shuffled = csv_of(*([row[column] for column in order] for row in table))

    def named(content: bytes) -> list[dict[str, str]]:
        return [{key: row.get(key, "") for key in table[0]} for _, row in cells(content)]

    assert named(shuffled) == named(csv_of(*table))


@given(
    st.lists(
        st.lists(st.text(st.characters(exclude_categories=["C", "Z"])), min_size=3, max_size=3),
        min_size=1,
        max_size=5,
    )
)
def test_whatever_stands_in_a_cell_comes_out_as_it_went_in(rows: list[list[str]]) -> None:
    content = csv_of(HEADINGS, ["OXO", "first", "row"], *rows)

    for number, read_cells in cells(content)[1:]:
        written = [unicodedata.normalize("NFC", cell) for cell in rows[number - 3]]
        assert [read_cells.get(heading, "") for heading in HEADINGS] == written


@pytest.mark.parametrize(
    "heading", ["job_title", "Job Title", "JOB-TITLE", " job title ", "jobtitle", "Job title:"]
)
def test_a_heading_may_be_spelt_as_people_do(heading: str) -> None:
    assert KINDS.named(heading) == "job_title"


def test_a_heading_may_be_another_name_for_a_column() -> None:
    assert KINDS.named("E-mail address") == "address"


def test_a_family_takes_any_ending_but_none() -> None:
    assert KINDS.named("Received: Adult Care") == "received_adult_care"
    assert KINDS.named("received_") is None
    assert KINDS.named("received") is None


@pytest.mark.parametrize("position", [0, 1, 3])
def test_a_column_without_heading_and_cells_is_not_there(position: int) -> None:
    def gap(row: list[str]) -> list[str]:
        return [*row[:position], "\ufeff", *row[position:]]

    content = csv_of(gap(HEADINGS), gap(OXFORD))

    assert cells(content) == [(2, dict(zip(HEADINGS, OXFORD, strict=True)))]


@pytest.mark.parametrize(
    "error", ["#N/A", "#DIV/0!", "#REF!", "#NAME?", "#NULL!", "Err:502", "####"]
)
def test_the_error_of_a_spreadsheet_is_not_a_value(error: str) -> None:
    [problem] = problems(csv_of(HEADINGS, [*OXFORD[:2], error]))

    assert problem.startswith(f'contacts.csv, row 2, job_title: "{error}" is the error of a')


def test_a_damaged_cell_is_told_once_and_in_its_own_words() -> None:
    sheet = read(csv_of(HEADINGS, ["JosÃ©", *OXFORD[1:]]))
    for row in sheet.rows:
        assert row.required("authority", fields.code) is None

    [problem] = problems_of(sheet.faults.settle)
    assert problem.startswith('contacts.csv, row 2, authority: "JosÃ©" holds "Ã©": UTF-8 that')


def test_a_column_that_is_passed_over_may_hold_anything() -> None:
    content = csv_of([*HEADINGS, "Fax"], [*OXFORD, "#N/A"])

    Sheet.read("contacts.csv", content, KINDS, ignores_unknown=True).faults.settle()


def test_rows_are_numbered_as_a_spreadsheet_shows_them() -> None:
    content = csv_of([], HEADINGS, [], ["", "", ""], OXFORD)

    assert cells(content) == [(5, dict(zip(HEADINGS, OXFORD, strict=True)))]


def test_a_spreadsheet_reads_as_the_same_table_in_csv_does() -> None:
    assert cells(xlsx_of(HEADINGS, OXFORD)) == cells(csv_of(HEADINGS, OXFORD))


def test_spaces_round_a_cell_and_blank_cells_at_the_end_of_a_row_are_nothing() -> None:
    content = csv_of([*HEADINGS, "", ""], [" OXO\u00a0", *OXFORD[1:], "", " "])

    assert cells(content) == [(2, dict(zip(HEADINGS, OXFORD, strict=True)))]


def test_letters_and_their_accents_are_put_together() -> None:
    content = csv_of(HEADINGS, ["OXO", "a@oxford.example", unicodedata.normalize("NFD", "Zoë")])

    assert cells(content)[0][1]["job_title"] == "Zoë"


def test_nothing_but_blank_lines_is_an_empty_file() -> None:
    assert (
        refusal_of(lambda: read(b"\n ,\n")) == "contacts.csv: the file is empty but for blank lines"
    )


def test_a_file_without_a_byte_is_empty() -> None:
    assert refusal_of(lambda: read(b"")) == "contacts.csv: the file is empty"


def test_a_file_of_50_mb_is_refused_unread() -> None:
    with pytest.raises(BadInput, match="larger than 20 MB"):
        read(bytes(50 * 1024 * 1024))


def test_headings_without_rows_are_refused() -> None:
    assert problems(csv_of(HEADINGS)) == (
        "contacts.csv: there are headings and no rows below them",
    )


def test_a_missing_column_is_named() -> None:
    assert problems(csv_of(["authority"], ["OXO"])) == (
        "contacts.csv, row 1: there is no column address; the headings must name it",
    )


def test_an_unknown_column_is_refused_with_the_likely_one() -> None:
    assert problems(csv_of([*HEADINGS, "notte"], [*OXFORD, "x"])) == (
        'contacts.csv, row 1: "notte" is not a column of this kind of file; did you mean note?',
    )


def test_a_column_like_none_that_is_known_is_refused_with_all_of_them() -> None:
    [problem] = problems(csv_of([*HEADINGS, "Fax", "Floor"], [*OXFORD, "x", "2"]))

    assert problem == (
        'contacts.csv, row 1: "Fax", "Floor" are not columns of this kind of file; '
        "the columns are authority, address, job_title, note, received_...; delete them, or pass "
        "over them with --ignore-unknown"
    )


def test_unknown_columns_are_passed_over_on_request_and_named() -> None:
    content = csv_of([*HEADINGS, "Fax"], [*OXFORD, "x"])

    sheet = Sheet.read("contacts.csv", content, KINDS, ignores_unknown=True)

    assert sheet.columns == tuple(HEADINGS)
    assert sheet.notes == ('Columns passed over: "Fax".',)


def test_a_misspelt_column_is_not_passed_over() -> None:
    content = csv_of([*HEADINGS, "notte"], [*OXFORD, "x"])

    with pytest.raises(BadInput, match=r"did you mean note\?"):
        Sheet.read("contacts.csv", content, KINDS, ignores_unknown=True)


def test_two_columns_that_mean_the_same_are_refused() -> None:
    assert problems(csv_of([*HEADINGS, "E-mail address"], [*OXFORD, "x"])) == (
        (
            'contacts.csv, row 1: "E-mail address" is the second column that means address, '
            'after "address"; delete one'
        ),
    )


def test_a_column_without_a_heading_is_refused() -> None:
    assert problems(csv_of(["authority", "", "address"], ["OXO", "x", "y"])) == (
        "contacts.csv, row 1: column 2 has no heading; give it one or delete it",
    )


def test_too_many_columns_are_refused() -> None:
    headings = [f"received_{n}" for n in range(COLUMNS + 1)]

    assert problems(csv_of(headings, headings)) == (
        "contacts.csv, row 1: 201 columns, and 200 are the most that is read",
    )


def test_a_row_with_more_cells_than_headings_is_refused() -> None:
    assert problems(csv_of(HEADINGS, OXFORD, [*OXFORD, "x"])) == (
        "contacts.csv, row 3: 4 cells, and there are headings for 3",
    )


def test_a_row_with_fewer_cells_has_blanks_at_its_end() -> None:
    [row] = read(csv_of(HEADINGS, OXFORD[:1])).rows

    assert row.optional("job_title", str) is None


def test_a_cell_that_is_too_long_is_refused() -> None:
    [problem] = problems(csv_of(HEADINGS, [*OXFORD[:2], "x" * (CELL_CHARACTERS + 1)]))

    assert problem.startswith('contacts.csv, row 2, job_title: "xxx')
    assert problem.endswith("has 10001 characters, and 10000 are the most")


def test_every_fault_of_every_row_is_told_at_once() -> None:
    sheet = read(csv_of(HEADINGS, ["OXFORD", "", "x"], ["", "b", "y"]))
    for row in sheet.rows:
        row.required("authority", fields.code)
        row.required("address", str)

    assert problems_of(sheet.faults.settle) == (
        (
            'contacts.csv, row 2, authority: "OXFORD" is not a code of three letters; '
            "leave it blank if there is none"
        ),
        "contacts.csv, row 2, address: is blank, and must not be",
        "contacts.csv, row 3, authority: is blank, and must not be",
    )


def test_rows_that_say_nothing_usable_are_passed_over() -> None:
    sheet = read(csv_of(HEADINGS, OXFORD, ["?", "b", "c"]))

    found = sheet.values(lambda row: row.required("authority", fields.code))

    assert [(row.number, code) for row, code in found] == [(2, "OXO")]


def test_what_is_there_twice_is_found_with_the_row_of_the_first() -> None:
    rows = [Row(number, {}, Faults("a.csv")) for number in (2, 3, 4)]

    again = repeated(zip(rows, ["OXO", "ADU", "oxo"], strict=True), str.upper)

    assert [(row.number, value, earlier) for row, value, earlier in again] == [(4, "oxo", 2)]
