from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import repeat

import pytest

from dispatch.domain.errors import BadInput
from dispatch.files.tables import delimited, grid, sheet
from dispatch.files.tables.grid import Said
from tests.files.tables.written import csv_of, refusal_of

pytestmark = pytest.mark.heavy


def test_a_large_text_is_read_in_a_child_as_a_small_one_is_here(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    content = csv_of(["authority", "year", ""], ["OXO", "Brontë", ""])
    here = sheet.grid_of("a.csv", content)
    monkeypatch.setattr(sheet, "IN_PROCESS", 1)

    there = sheet.grid_of("a.csv", content)

    assert there.notes == here.notes
    assert there.rows == [row[:2] for row in here.rows]


def test_what_is_wrong_is_said_of_the_file_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheet, "IN_PROCESS", 1)
    for content in (b"a\x01b", b'authority\n"OXO', b"a\n\0b"):
        here = refusal_of(partial(delimited.read, "a.csv", content))
        assert refusal_of(partial(sheet.grid_of, "a.csv", content)) == here


def test_a_child_that_dies_is_a_file_that_cannot_be_read() -> None:
    message = refusal_of(
        lambda: grid.read_apart("a.csv", b"x", f"{__name__}:gone", what="file", seconds=30)
    )
    assert message == "a.csv: this file cannot be read; save it as .xlsx or CSV and try again"


def gone(_: bytes) -> Iterator[Said]:
    raise SystemExit


def test_too_many_cells_are_refused_before_they_fill_the_memory() -> None:
    def rows() -> Iterator[list[str] | Said]:
        yield from repeat(["x"] * 1000 + [""] * 1000, grid.CELLS // 1000 + 1)

    *some, last = grid.answer(rows)

    assert len(some) == grid.CELLS // 1000
    assert isinstance(last, dict)
    assert last == {"refused": "the table has more than 5,000,000 cells, the most that is read"}
    with pytest.raises(BadInput, match="more than 5,000,000"):
        raise BadInput(last["refused"])
