"""Read a table that came in, CSV or spreadsheet, as rows of text by column.

What people commonly do is accepted: columns in any order, the usual spellings of a heading, Excel's
delimiters and encodings, blank rows. What is probably a mistake is refused: a column that is
missing, unknown or there twice, a row with more cells than there are headings.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar

from dispatch.domain.errors import BadInput
from dispatch.files.disk import check_size
from dispatch.files.tables import delimited, workbook
from dispatch.files.tables.faults import Faults, Wrong, meant
from dispatch.files.tables.limits import CELL_CHARACTERS, COLUMNS

T = TypeVar("T")

BETWEEN_WORDS: Final = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """The columns that a kind of file has."""

    required: tuple[str, ...]
    optional: tuple[str, ...] = ()
    families: tuple[str, ...] = ()
    """The beginnings of names that may go on in any way, such as `received_`."""
    aliases: Mapping[str, str] = field(default_factory=dict)
    """Other names by which people call a column."""

    @property
    def names(self) -> tuple[str, ...]:
        """All names, except those of the families."""
        return self.required + self.optional

    def named(self, heading: str) -> str | None:
        """Return the column that a heading means, in any usual spelling, or None."""
        spelt = BETWEEN_WORDS.sub("_", heading.casefold()).strip("_")
        known = {**{name: name for name in self.names}, **self.aliases}
        by_letters = {_letters(name): column for name, column in known.items()}
        if column := by_letters.get(_letters(spelt)):
            return column
        return next((spelt for family in self.families if spelt.startswith(family)), None)


def _letters(name: str) -> str:
    return name.replace("_", "")


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its number as a spreadsheet shows it, and its text by column."""

    number: int
    cells: Mapping[str, str]
    faults: Faults

    def optional(self, column: str, parse: Callable[[str], T]) -> T | None:
        """Return the value of a cell; None if it is blank, or wrong, which is noted as a fault."""
        value = self.cells.get(column, "")
        try:
            return parse(value) if value else None
        except Wrong as rule:
            self.fault(column, str(rule))
            return None

    def required(self, column: str, parse: Callable[[str], T]) -> T | None:
        """Return the value of a cell; None, with a fault noted, if it is blank or wrong."""
        if not self.cells.get(column):
            self.fault(column, "is blank, and must not be")
        return self.optional(column, parse)

    def fault(self, column: str, rule: str) -> None:
        """Note a fault in one of this row's cells."""
        value = self.cells.get(column) or None
        self.faults.add(rule, row=self.number, column=column, value=value)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table: its columns, in its own order, and its rows."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    faults: Faults

    @classmethod
    def read(cls, name: str, content: bytes, columns: Columns) -> Sheet:
        """Return the table in a file.

        Raises `BadInput` if it is not a table, or if its headings are not those of `columns`. What
        is wrong in single rows is only noted: the caller notes more, and then settles the faults.
        """
        check_size(name, content)
        is_workbook = workbook.is_workbook(content)
        grid = (workbook.read_apart if is_workbook else delimited.read)(name, content)
        filled = [
            (number, cells) for number, row in enumerate(grid, 1) if any(cells := _clean(row))
        ]
        if not filled:
            raise BadInput(f"{name}: the file is empty but for blank lines")
        faults = Faults(name)
        present = _header(*filled[0], columns, faults)
        if len(filled) == 1:
            faults.add("there are headings and no rows below them")
        faults.settle()
        return cls(present, tuple(_rows(filled[1:], present, faults)), faults)

    def values(self, parse: Callable[[Row], T | None]) -> list[tuple[Row, T]]:
        """Return the value of each row, beside the row; a row without one has noted its faults."""
        parsed = ((row, parse(row)) for row in self.rows)
        return [(row, value) for row, value in parsed if value is not None]


def _clean(row: Sequence[str]) -> list[str]:
    """Return a row's text without spaces around it, and without the blank cells at its end."""
    cells = [unicodedata.normalize("NFC", cell).strip() for cell in row]
    while cells and not cells[-1]:
        cells.pop()
    return cells


def _header(
    number: int, headings: Sequence[str], columns: Columns, faults: Faults
) -> tuple[str, ...]:
    """Return the columns that the headings mean, and note what is wrong with them."""
    if len(headings) > COLUMNS:
        faults.add(f"{len(headings)} columns, and {COLUMNS} are the most that is read", row=number)
        return ()
    present: list[str] = []
    for position, heading in enumerate(headings, 1):
        column = columns.named(heading)
        if column is None:
            faults.add(_unknown(heading, position, columns), row=number, value=heading or None)
        elif column in present:
            faults.add(f"is the second column that means {column}", row=number, value=heading)
        present.append(column or "")
    for column in columns.required:
        if column not in present:
            faults.add(f"there is no column {column}; the headings must name it", row=number)
    return tuple(present)


def _unknown(heading: str, position: int, columns: Columns) -> str:
    if not heading:
        return f"column {position} has no heading; give it one or delete it"
    names = ", ".join([*columns.names, *(f"{family}..." for family in columns.families)])
    choice = meant(heading, columns.names) or f"; the columns are {names}"
    return f"is not a column of this kind of file{choice}"


def _rows(
    records: Sequence[tuple[int, list[str]]], present: Sequence[str], faults: Faults
) -> Iterator[Row]:
    for number, cells in records:
        if len(cells) > len(present):
            rule = f"{len(cells)} cells, and there are headings for {len(present)}"
            faults.add(rule, row=number)
        row = Row(number, dict(zip(present, cells, strict=False)), faults)
        for column, cell in row.cells.items():
            if len(cell) > CELL_CHARACTERS:
                rule = f"has {len(cell)} characters, and {CELL_CHARACTERS} are the most"
                row.fault(column, rule)
        yield row


def repeated(
    found: Iterable[tuple[Row, T]], key: Callable[[T], Hashable]
) -> Iterator[tuple[Row, T, int]]:
    """Yield each value whose key an earlier row has too, with the number of that row."""
    first: dict[Hashable, int] = {}
    for row, value in found:
        earlier = first.setdefault(key(value), row.number)
        if earlier != row.number:
            yield row, value, earlier
