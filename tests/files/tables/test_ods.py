from __future__ import annotations

import pytest

from tests.files.tables.test_workbook import read, rules
from tests.files.tables.written import ods_of, ods_row, parts_of, zip_of

HEAD = ods_row("code", "name")
OXFORD = ods_row("OXO", "Oxford")
ADUR = ods_row("ADU", "Adur")

STYLES = (
    "<office:automatic-styles>"
    '<style:style style:name="flat" style:family="table-row">'
    '<style:table-row-properties style:row-height="0in"/></style:style>'
    '<style:style style:name="thin" style:family="table-column">'
    '<style:table-column-properties style:column-width="0cm"/></style:style>'
    '<style:style style:name="unseen" style:family="table">'
    '<style:table-properties table:display="false"/></style:style>'
    "</office:automatic-styles><office:body>"
)


def styled(*rows: str) -> bytes:
    parts = parts_of(ods_of(*rows))
    names = 'xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" '
    names += 'xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'
    text = parts["content.xml"].decode().replace("<office:body>", STYLES)
    parts["content.xml"] = text.replace(
        "<office:document-content", f"<office:document-content {names}"
    ).encode()
    return zip_of(parts)


def row(attributes: str, *cells: str) -> str:
    return ods_row(*cells).replace("<table:table-row ", f"<table:table-row {attributes} ")


HIDDEN = (None, None, "row 2 is hidden; show it, or delete what is not meant")


@pytest.mark.parametrize(
    "second",
    [
        row('table:visibility="collapse"', "OXO", "Oxford"),
        row('table:style-name="flat"', "OXO", "Oxford"),
        f'<table:table-row-group table:display="false">{OXFORD}</table:table-row-group>',
    ],
)
def test_a_hidden_row_is_told(second: str) -> None:
    assert rules(styled(HEAD, second, ADUR)) == [HIDDEN]


def test_rows_that_a_filter_hides_are_told() -> None:
    hidden = row('table:visibility="filter"', "OXO", "Oxford").replace(
        'rows-repeated="1"', 'rows-repeated="2"'
    )

    [(_, _, rule)] = rules(styled(HEAD, hidden, ADUR))

    assert rule == "rows 2 and 3 are hidden by a filter; clear it, or delete what is not meant"


@pytest.mark.parametrize("how", ['table:visibility="collapse"', 'table:style-name="thin"'])
def test_a_hidden_column_is_told(how: str) -> None:
    columns = f"<table:table-column/><table:table-column {how}/>"

    assert rules(styled(columns, HEAD, OXFORD)) == [
        (None, 1, 'column B ("name") is hidden; show it or delete it')
    ]


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        (
            (
                '<table:table-cell table:formula="of:=1/0" office:value-type="string" '
                'calcext:value-type="error"><text:p>#DIV/0!</text:p></table:table-cell>'
            ),
            "shows the error #DIV/0!",
        ),
        ('<table:table-cell table:formula="of:=1+1"/>', "holds a formula whose value was not"),
        (
            (
                '<table:table-cell table:number-rows-spanned="2" office:value-type="string">'
                "<text:p>Oxford</text:p></table:table-cell>"
            ),
            "is merged with other cells (B2:B3)",
        ),
    ],
)
def test_cells_that_show_something_else_are_told(cell: str, said: str) -> None:
    second = ods_row("OXO").replace("</table:table-row>", f"{cell}</table:table-row>")

    [(number, column, rule)] = rules(styled(HEAD, second, ADUR))

    assert (number, column) == (2, 1)
    assert rule.startswith(said)


def test_a_per_cent_cell_is_what_it_shows() -> None:
    cell = '<table:table-cell office:value-type="percentage" office:value="0.78"/>'
    second = ods_row("OXO").replace("</table:table-row>", f"{cell}</table:table-row>")

    assert read(styled(HEAD, second)).rows[1] == ["OXO", "78%"]


def test_a_hidden_sheet_is_not_read_and_is_named() -> None:
    parts = parts_of(styled(HEAD, OXFORD))
    other = f'<table:table table:name="Lists" table:style-name="unseen">{ADUR}</table:table>'
    parts["content.xml"] = parts["content.xml"].replace(
        b"</office:spreadsheet>", f"{other}</office:spreadsheet>".encode()
    )

    found = read(zip_of(parts))

    assert found.rows == [["code", "name"], ["OXO", "Oxford"]]
    assert found.notes == ("Hidden sheets are not read: Lists.",)
