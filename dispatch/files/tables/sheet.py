"""Read a table that came in, CSV or spreadsheet, as rows of text by column.

What people commonly do is accepted: columns in any order, the usual spellings of a heading, Excel's
delimiters and encodings, blank rows and columns. What is probably a mistake is refused: a column
that is missing, unknown or there twice, a row with more cells than there are headings. So is what
people see otherwise than the file has it: hidden rows, errors, damaged text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Generic, TypeVar

from dispatch.domain.errors import BadInput
from dispatch.domain.publishing.spreadsheet import restored
from dispatch.files.disk import MEBIBYTE, check_size
from dispatch.files.tables import delimited, formats, garbled, workbook
from dispatch.files.tables.faults import Faults, Layout, Wrong
from dispatch.files.tables.grid import CELL_CHARACTERS, Grid, letters
from dispatch.files.tables.headings import Columns, Headings, check_kind, is_ours
from dispatch.files.tables.kinds import EVERY
from dispatch.files.tables.marks import CORRECT

T = TypeVar("T")

Filled = tuple[int, list[str]]
"""A row's number and its text, for a row that is not blank."""


@dataclass(frozen=True, slots=True)
class Cells(Mapping[str, str]):
    """The text of one row by column; a dictionary for each of 100,000 rows would take 50 MB."""

    texts: Sequence[str]
    places: Mapping[str, int]
    """Where each column stands, the same for all rows."""

    def __getitem__(self, column: str) -> str:
        place = self.places[column]
        if place >= len(self.texts):
            raise KeyError(column)
        return self.texts[place]

    def __iter__(self) -> Iterator[str]:
        return (column for column, place in self.places.items() if place < len(self.texts))

    def __len__(self) -> int:
        return sum(1 for _ in self)


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its number as a spreadsheet shows it, and its text by column."""

    number: int
    cells: Mapping[str, str]
    faults: Faults
    unusable: frozenset[str] = frozenset()
    """Columns whose cell has a fault already, so that nothing else is said of it."""

    def optional(self, column: str, parse: Callable[[str], T]) -> T | None:
        """Return the value of a cell; None if it is blank, or wrong, which is noted as a fault."""
        value = self.cells.get(column)
        if not value or column in self.unusable:
            return None
        try:
            return parse(value)
        except Wrong as rule:
            self.fault(column, str(rule))
            return None

    def required(self, column: str, parse: Callable[[str], T]) -> T | None:
        """Return the value of a cell; None, with a fault noted, if it is blank or wrong."""
        if not self.cells.get(column) and column not in self.unusable:
            self.fault(column, "is blank, and must not be")
        return self.optional(column, parse)

    def fault(self, column: str, rule: str) -> None:
        """Note a fault in one of this row's cells."""
        value = self.cells.get(column) or None
        self.faults.add(rule, row=self.number, column=column, value=value)


@dataclass(frozen=True, slots=True)
class Table(Generic[T]):
    """What a file says: a value for each row."""

    values: tuple[T, ...]
    notes: tuple[str, ...] = ()
    """What a person should know of how the file was read, a sentence each."""
    rows: tuple[int, ...] = ()
    """The row of each value, as a spreadsheet numbers it."""
    layout: Layout | None = None
    """The table as it came."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table: its columns, in its own order, and its rows."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    faults: Faults
    notes: tuple[str, ...] = ()
    """What a person should know of how it was read, a sentence each."""

    @classmethod
    def read(
        cls, name: str, content: bytes, columns: Columns, *, ignores_unknown: bool = False
    ) -> Sheet:
        """Return the table in a file. Columns that are unknown are refused, or passed over.

        Raises `BadInput` if it is not a table, or if its headings are not those of `columns`. What
        is wrong in single rows is only noted: the caller notes more, and then settles the faults.
        """
        grid = grid_of(name, content)
        filled = list(_filled(grid))
        faults = Faults(name)
        if not filled:
            _note_oddities(grid, (), faults)
            faults.settle()
            raise BadInput(f"{name}: the file is empty but for blank lines")
        check_kind(name, filled, columns, EVERY)
        (number, texts), *records = filled
        if any(map(is_ours, texts)):
            records = [(at, list(map(restored, cells))) for at, cells in records]
        headings = Headings(number, texts, _blank_columns(texts, records), columns)
        present, notes = headings.meaning(faults, ignores_unknown=ignores_unknown)
        if not records:
            faults.add("there are headings and no rows below them")
        has_wrong_headings = bool(faults.found)
        layout = Layout(number, tuple(texts), present, dict(records))
        faults = replace(faults, layout=layout)
        unusable = _note_oddities(grid, present, faults)
        if has_wrong_headings:
            raise faults.refusal()
        rows = tuple(_rows(records, present, unusable, faults))
        return cls(tuple(filter(None, present)), rows, faults, (*grid.notes, *notes))

    def table(self, found: Sequence[tuple[Row, T]]) -> Table[T]:
        """Return the values of the rows. Raises `BadInput` if anything is wrong with any."""
        self.faults.settle()
        rows, values = tuple(row.number for row, _ in found), tuple(value for _, value in found)
        return Table(values, self.notes, rows, self.faults.layout)

    def values(self, parse: Callable[[Row], T | None]) -> list[tuple[Row, T]]:
        """Return the value of each row, beside the row; a row without one has noted its faults."""
        parsed = ((row, parse(row)) for row in self.rows)
        return [(row, value) for row, value in parsed if value is not None]


IN_PROCESS: Final = MEBIBYTE
"""Bytes of delimited text that are read here, as it could not cost much; more go to a child."""


def grid_of(name: str, content: bytes) -> Grid:
    """Return the cells of a table that came in.

    Raises `BadInput` if it is not a table, or is larger than the limits.
    """
    check_size(name, content)
    formats.check(name, content)
    if workbook.is_workbook(content):
        return workbook.read_apart(name, content)
    if len(content) > IN_PROCESS:
        return delimited.read_apart(name, content)
    return delimited.read(name, content)


def _filled(grid: Grid) -> Iterator[Filled]:
    """Yield the rows that are not blank, without blank cells at their ends."""
    for number, row in enumerate(grid.rows, 1):
        cells = [cell.strip() if cell.isascii() else garbled.tidy(cell) for cell in row]
        while cells and not cells[-1]:
            cells.pop()
        if cells:
            yield number, cells


def _blank_columns(headings: Sequence[str], records: Sequence[Filled]) -> frozenset[int]:
    """Return the columns without heading and without any cell: they are not there."""
    without_heading = {position for position, text in enumerate(headings) if not text}
    if not without_heading:
        return frozenset()
    filled = {position for _, cells in records for position, cell in enumerate(cells) if cell}
    return frozenset(without_heading - filled)


def _note_oddities(grid: Grid, present: Sequence[str], faults: Faults) -> dict[int, frozenset[str]]:
    """Note what is odd as faults, and return the columns of each row whose cells it concerns.

    What is odd in a column that is passed over does not matter.
    """
    unusable: dict[int, frozenset[str]] = {}
    for odd in grid.oddities:
        called = None if odd.column is None else _called(odd.column, present)
        if called == PASSED_OVER:
            continue
        faults.add(odd.rule, row=odd.row, column=called)
        if odd.row and called:
            unusable[odd.row] = unusable.get(odd.row, frozenset()) | {called}
    return unusable


ERRORS_BEGIN: Final = ("#", "Err:")
ERROR: Final = re.compile(r"#N/A|#[A-Z0-9/_]+[!?]|#(?:GETTING_DATA|BUSY)!?|#{2,}|Err:[0-9]{3}")
"""What a spreadsheet writes in place of a value that it could not work out."""

PASSED_OVER: Final = ""


def _called(column: int, present: Sequence[str]) -> str:
    """Return the name of a column, or its letters where no heading names it."""
    return present[column] if column < len(present) else letters(column)


def _rows(
    records: Iterable[Filled],
    present: Sequence[str],
    unusable: Mapping[int, frozenset[str]],
    faults: Faults,
) -> Iterator[Row]:
    places = {column: place for place, column in enumerate(present) if column}
    for number, texts in records:
        if len(texts) > len(present):
            rule = f"{len(texts)} cells, and there are headings for {len(present)}"
            faults.add(rule, row=number)
        odd = unusable.get(number, NONE)
        damaged = {
            column: damage
            for column, text in zip(present, texts, strict=False)
            if column and (damage := _damage(column, text)) and column not in odd
        }
        cells = Cells(texts, places)
        row = Row(number, cells, faults, odd | damaged.keys() if damaged else odd)
        for column, damage in damaged.items():
            row.fault(column, damage)
        yield row


NONE: Final[frozenset[str]] = frozenset()
"""One for all rows in which nothing is odd."""

JUDGED_LATER: Final = frozenset({"honorific", "given_name", "surname", "job_title"})
"""Columns whose markup does not keep a file out: a person is asked to look at names."""


def _damage(column: str, cell: str) -> str | None:
    """Say what makes a cell's text unusable, in words that read on from it."""
    if len(cell) > CELL_CHARACTERS:
        return f"has {len(cell)} characters, and {CELL_CHARACTERS} are the most"
    if cell.startswith(ERRORS_BEGIN) and ERROR.fullmatch(cell):
        return f"is the error of a spreadsheet; {CORRECT}"
    if damage := garbled.damage(cell):
        return damage
    return garbled.entity(cell, is_name=column in JUDGED_LATER) if "&" in cell else None


def repeated(
    found: Iterable[tuple[Row, T]], key: Callable[[T], Hashable]
) -> Iterator[tuple[Row, T, int]]:
    """Yield each value whose key an earlier row has too, with the number of that row."""
    first: dict[Hashable, int] = {}
    for row, value in found:
        earlier = first.setdefault(key(value), row.number)
        if earlier != row.number:
            yield row, value, earlier
