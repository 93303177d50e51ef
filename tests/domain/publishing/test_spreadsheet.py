from __future__ import annotations

import csv
import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dispatch.domain.publishing.spreadsheet import from_csv, restored, safe, to_csv

TRIGGERS = "=+-@\t\r\n＝＋－＠"  # noqa: RUF001 - full width, as an East Asian keyboard types them

cells = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0")
    | st.sampled_from(TRIGGERS + "',\""),
    max_size=20,
)


@pytest.mark.parametrize("cell", ["=1+1", "+44", "-5", "@SUM(A1)", "\t=1", "\r=1", "＝1", "'=1"])  # noqa: RUF001
def test_what_would_run_as_a_formula_gets_an_apostrophe_in_front(cell: str) -> None:
    assert safe(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["", "Oxford", "2019-20", "King's Lynn", "'quoted'", " =1", "100"])
def test_what_is_no_formula_stays_as_it_is(cell: str) -> None:
    assert safe(cell) == cell


@given(st.lists(cells, min_size=2, max_size=2))
@example(["'=", "''"])
def test_every_cell_is_read_back_as_it_was_and_none_can_run(row: list[str]) -> None:
    content = to_csv(["one", "two"], [dict(zip(["one", "two"], row, strict=True))])
    _, raw = csv.reader(io.StringIO(content.decode(), newline=""))
    assert not any(cell.startswith(tuple(TRIGGERS)) for cell in raw)
    assert from_csv(content) == [{"one": row[0], "two": row[1]}]


@given(cells)
def test_making_a_cell_safe_loses_nothing(cell: str) -> None:
    assert restored(safe(cell)) == cell


def test_the_columns_stand_in_the_order_given_with_the_line_ends_of_rfc_4180() -> None:
    rows = [{"b": "2, 3", "a": "1"}]
    assert to_csv(["a", "b"], rows) == b'a,b\r\n1,"2, 3"\r\n'


@pytest.mark.parametrize("content", [b"", b"a,b\r\n1\r\n", b"\xff\r\n", b'a\r\n"x\r\n'])
def test_what_it_did_not_write_is_no_table(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        from_csv(content)
