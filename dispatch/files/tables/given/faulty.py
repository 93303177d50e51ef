"""A file as it came, with one more column that says what is wrong in each row.

A person corrects it where it stands, and brings the same file in again: the reader passes the
column over.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from dispatch.domain.publishing.spreadsheet import MARK, csv_line, safe
from dispatch.files.tables.headings import WHAT_IS_WRONG, is_ours
from dispatch.files.tables.sheet import grid_of

HEADING: Final = WHAT_IS_WRONG.capitalize()


def with_what_is_wrong(
    name: str, content: bytes, said: Mapping[int, str], about_file: Sequence[str]
) -> Iterator[bytes]:
    """Yield the file as CSV, row by row: the same rows in the same order, and what is wrong.

    `said` is what is wrong with each row, by its number; what is wrong with the whole file goes
    into the heading of the column. The file begins with the mark by which Excel knows UTF-8, and no
    cell of it is run as a formula. Raises `BadInput` if it is not a table.
    """
    grid = grid_of(name, content)
    first = next((number for number, row in enumerate(grid.rows, 1) if any(map(str.strip, row))), 1)
    headings = grid.rows[first - 1] if grid.rows else []
    # The column of the time before goes, and the new one comes in its place.
    kept = [at for at, text in enumerate(headings) if not is_ours(text.strip())]
    kept += range(len(headings), max((len(row) for row in grid.rows), default=0))
    wrong = {**said, first: ": ".join([HEADING, *filter(None, [" ".join(about_file)])])}
    yield MARK
    for number, row in enumerate(grid.rows, 1):
        cells = [row[at] if at < len(row) else "" for at in kept]
        yield csv_line(map(safe, [*cells, wrong.get(number, "")]))
