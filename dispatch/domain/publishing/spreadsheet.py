"""CSV (RFC 4180) for other people's programs, in which no spreadsheet sees a formula.

A spreadsheet runs a cell that begins like a formula, no matter who wrote it (CWE-1236). Such a cell
gets an apostrophe in front, which spreadsheets read as "this is text". So does one that already has
apostrophes there, so that `from_csv` returns each cell unchanged.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Final

Row = Mapping[str, str]
"""Cells as text, by column."""

FORMULA: Final = re.compile("'*[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
"""How a formula begins, full-width characters included, after any number of apostrophes."""


def to_csv(columns: Sequence[str], rows: Iterable[Row]) -> bytes:
    """Return rows as CSV in UTF-8 with a header; every row has every column."""
    return b"".join(csv_lines(columns, rows))


def csv_lines(columns: Sequence[str], rows: Iterable[Row]) -> Iterator[bytes]:
    """Yield what `to_csv` returns, the header and then row by row."""
    for cells in chain([columns], ([safe(row[column]) for column in columns] for row in rows)):
        yield csv_line(cells)


def csv_line(cells: Iterable[str]) -> bytes:
    """Return one row as CSV, with its cells as they are."""
    text = io.StringIO()
    csv.writer(text).writerow(cells)
    return text.getvalue().encode()


MARK: Final = b"\xef\xbb\xbf"
"""The mark of UTF-8, in front of a CSV for people: without it Excel garbles every "ŵ"."""


def from_csv(content: bytes) -> list[dict[str, str]]:
    """Return the rows that `to_csv` wrote, with or without `MARK` in front.

    Raises `ValueError` for anything else.
    """
    return list(csv_rows(io.StringIO(content.decode("utf-8-sig"), newline="")))


def csv_rows(lines: Iterable[str]) -> Iterator[dict[str, str]]:
    """Yield the rows that `csv_lines` wrote, one at a time. Raises `ValueError` as `from_csv`."""
    rows = csv.reader(lines, strict=True)
    try:
        if (head := next(rows, None)) is None:
            raise ValueError("there is no header")
        for cells in rows:
            yield dict(zip(head, map(restored, cells), strict=True))
    except csv.Error as error:
        raise ValueError(str(error)) from error


def safe(cell: str) -> str:
    """Return a cell in a form that a spreadsheet shows and does not run."""
    return f"'{cell}" if FORMULA.match(cell) else cell


def restored(cell: str) -> str:
    """Return what `safe` was given."""
    return cell[1:] if cell.startswith("'") and FORMULA.match(cell) else cell
