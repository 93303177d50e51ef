from __future__ import annotations

import pytest

from tests.files.tables.test_workbook import SHEET, read, rules
from tests.files.tables.written import parts_of, xlsx_of, xlsx_with, zip_of

TABLE = (["code", "name"], ["OXO", "Oxford"], ["ADU", "Adur"])


def edited(part: str, *changes: tuple[str, str], content: bytes | None = None) -> bytes:
    """Return a workbook with text in one of its parts replaced."""
    parts = parts_of(content or xlsx_of(*TABLE))
    for before, after in changes:
        text = parts[part].decode()
        assert before in text
        parts[part] = text.replace(before, after).encode()
    return zip_of(parts)


def cell(kind: str, inside: str) -> bytes:
    """Return a workbook whose cell B2 is given as XML."""
    content = edited(SHEET, ("<v>1234567</v>", inside), content=xlsx_of(["a", "n"], ["x", 1234567]))
    return edited(SHEET, ('r="B2" t="n"', f'r="B2" {kind}'), content=content)


@pytest.mark.parametrize("how", ['hidden="1"', 'hidden="true"', 'ht="0" customHeight="1"'])
def test_a_hidden_row_is_told(how: str) -> None:
    content = edited(SHEET, ('<row r="3"', f'<row r="3" {how}'))

    assert rules(content) == [(None, None, "row 3 is hidden; show it, or delete what is not meant")]


def test_rows_that_a_filter_hides_are_told() -> None:
    content = edited(
        SHEET,
        ('<row r="2"', '<row r="2" hidden="1"'),
        ('<row r="3"', '<row r="3" hidden="1"'),
        (
            "</sheetData>",
            '</sheetData><autoFilter ref="A1:B3"><filterColumn colId="0"/></autoFilter>',
        ),
    )

    assert rules(content) == [
        (
            None,
            None,
            "rows 2 and 3 are hidden by a filter; clear it, or delete what is not meant",
        )
    ]


@pytest.mark.parametrize("how", ['hidden="1"', 'width="0" customWidth="1"'])
def test_a_hidden_column_is_told(how: str) -> None:
    content = edited(
        SHEET, ("<sheetData>", f'<cols><col min="2" max="9" {how}/></cols><sheetData>')
    )

    assert rules(content) == [(None, 1, 'column B ("name") is hidden; show it or delete it')]


def test_what_is_hidden_and_empty_is_no_matter() -> None:
    content = edited(
        SHEET,
        ("<sheetData>", '<cols><col min="3" max="16384" hidden="1"/></cols><sheetData>'),
        ("</sheetData>", '<row r="9" hidden="1"><c r="A9"/></row></sheetData>'),
    )

    assert rules(content) == []


@pytest.mark.parametrize("state", ["hidden", "veryHidden"])
def test_a_hidden_sheet_is_not_read_and_is_named(state: str) -> None:
    content = edited(
        "xl/workbook.xml",
        ('sheetId="2" state="visible"', f'sheetId="2" state="{state}"'),
        content=xlsx_with({"Contacts": TABLE, "Choices": [["yes"]]}),
    )

    found = read(content)

    assert found.rows[0] == ["code", "name"]
    assert found.notes == ("Hidden sheets are not read: Choices.",)


@pytest.mark.parametrize(
    ("kind", "inside", "said"),
    [
        ('t="e"', "<v>#N/A</v>", "shows the error #N/A"),
        ('t="e"', "<f>1/0</f><v>#DIV/0!</v>", "shows the error #DIV/0!"),
        ("", "<f>1+1</f>", "holds a formula whose value was not saved"),
        ("", "<f>1+1</f><v></v>", "holds a formula whose value was not saved"),
        ("", "<f>1+1</f><v/>", "holds a formula whose value was not saved"),
        ('t="str"', "<f>A1</f>", "holds a formula whose value was not saved"),
    ],
)
def test_errors_and_formulas_without_value_are_told(kind: str, inside: str, said: str) -> None:
    [(row, column, rule)] = rules(cell(kind, inside))

    assert (row, column) == (2, 1)
    assert rule.startswith(said)


@pytest.mark.parametrize(
    ("kind", "inside", "text"),
    [
        ("", "<f>1+1</f><v>2</v>", "2"),
        ('t="str"', "<f>A1</f><v>Oxford</v>", "Oxford"),
        ('t="str"', '<f>IF(1,"")</f><v></v>', ""),
    ],
)
def test_a_formula_with_its_value_is_that_value(kind: str, inside: str, text: str) -> None:
    found = read(cell(kind, inside))

    assert found.rows[1] == ["x", text]
    assert found.oddities == ()


def test_nought_by_a_program_that_works_nothing_out_is_not_a_value() -> None:
    content = cell("", "<f>SUM(A1:A9)</f><v>0</v>")
    assert rules(content)
    assert not rules(edited("xl/workbook.xml", (' fullCalcOnLoad="1"', ""), content=content))


@pytest.mark.parametrize(
    ("number_format", "value", "text"),
    [
        ("0%", 0.78, "78%"),
        ("0%", 1, "100%"),
        ("0.00%", 0.07, "7%"),
        ("0.0%", 0.616, "61.6%"),
        ("0", 0.78, "0.78"),
        ('0"%"', 78, "78"),
    ],
)
def test_a_per_cent_cell_is_what_it_shows(number_format: str, value: float, text: str) -> None:
    content = xlsx_of(["a", "n"], ["x", value], formats={"B": number_format})

    assert read(content).rows[1] == ["x", text]


def test_a_format_that_hides_a_number_is_told() -> None:
    [(row, column, rule)] = rules(xlsx_of(["a", "n"], ["x", 3], formats={"B": '[<5]"*";0'}))

    assert (row, column) == (2, 1)
    assert "does not show the number" in rule


def test_merged_cells_are_told() -> None:
    content = edited(
        SHEET,
        ("</sheetData>", '</sheetData><mergeCells><mergeCell ref="A2:A3"/></mergeCells>'),
    )

    [(row, column, rule)] = rules(content)

    assert (row, column) == (2, 0)
    assert rule.startswith("is merged with other cells (A2:A3); unmerge them")


def test_elements_may_have_a_prefix_and_cells_no_reference() -> None:
    row = '<x:row xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    content = edited(
        SHEET,
        ("<row ", f"{row} "),
        ("</row>", "</x:row>"),
        (' r="B3"', ""),
        (f'{row} r="3"', f'{row} r="3" hidden="1"'),
    )

    assert rules(content) == [(None, None, "row 3 is hidden; show it, or delete what is not meant")]
