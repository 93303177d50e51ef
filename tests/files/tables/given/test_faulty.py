from __future__ import annotations

import csv
import io

from dispatch.files.tables.given.faulty import with_what_is_wrong
from dispatch.files.tables.sheet import Sheet, grid_of
from tests.files.tables.test_sheet import KINDS
from tests.files.tables.written import csv_of, xlsx_of

ROWS = [["authority", "address"], ["OXO", "@one"], [], ["ADU", "-x"]]


def given(content: bytes, name: str = "a.csv") -> list[list[str]]:
    said = {2: "address: is wrong", 4: "nobody"}
    file = b"".join(with_what_is_wrong(name, content, said, ()))
    assert file.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(file.decode("utf-8-sig"))))


def test_the_rows_come_back_in_their_order_with_what_is_wrong() -> None:
    expected = [
        ["authority", "address", "What is wrong"],
        ["OXO", "'@one", "address: is wrong"],
        ["", "", ""],
        ["ADU", "'-x", "nobody"],
    ]
    assert given(csv_of(*ROWS)) == expected
    assert given(xlsx_of(*ROWS), "a.xlsx") == expected


def test_the_file_is_read_again_as_it_was_and_marked_anew() -> None:
    said = {2: "is wrong"}
    once = b"".join(with_what_is_wrong("a.csv", csv_of(*ROWS), said, ["No column."]))
    assert grid_of("a.csv", once).rows[0][-1] == "What is wrong: No column."

    sheet = Sheet.read("a.csv", once, KINDS)

    assert sheet.columns == ("authority", "address")
    assert [row.cells["address"] for row in sheet.rows] == ["@one", "-x"]
    assert sheet.notes == ()
    twice = b"".join(with_what_is_wrong("a.csv", once, said, ["No column."]))
    assert [len(row) for row in grid_of("a.csv", twice).rows] == [3, 3, 3, 3]
