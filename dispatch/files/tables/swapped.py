"""Two columns under each other's headings: said once, and not as a fault in every row.

A person who sorts or moves columns in a spreadsheet easily leaves the headings where they were. No
row is right then, and a fault in each would hide what has happened.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from dispatch.files.tables.faults import Faults, Wrong, shorten
from dispatch.files.tables.sheet import Row, Sheet

LOOKED_AT: Final = 200
"""Rows that are looked at: columns are swapped in all rows or in none."""

MOST: Final = 0.8
"""The part of a column's cells that must look like something, to say that the column holds it."""

FEW: Final = 0.2


@dataclass(frozen=True, slots=True)
class Sort:
    """What the cells of a column look like."""

    called: str
    """In words, in the plural: "email addresses"."""
    is_one: Callable[[str], bool]


Pairs = Mapping[tuple[str, str], Callable[[str, str], bool]]
"""Pairs of columns, each with what is true of the two cells of a row only if they are swapped."""

NONE: Final[Pairs] = {}


def readable(parse: Callable[[str], object]) -> Callable[[str], bool]:
    """Return whether a cell can be read by the function that reads cells of a column."""

    def is_one(value: str) -> bool:
        try:
            parse(value)
        except Wrong:
            return False
        return True

    return is_one


def check(name: str, sheet: Sheet, sorts: Mapping[str, Sort], pairs: Pairs = NONE) -> None:
    """Raise `Faulty`, which says so and nothing else, if two columns look swapped.

    `sorts` are the columns whose cells can be told from others by their look.
    """
    rows = sheet.rows[:LOOKED_AT]
    faults = Faults(name, layout=sheet.faults.layout)
    said = list(_by_sort(rows, sheet.columns, sorts)) or list(_by_pair(rows, pairs))
    for column, other, called in said:
        rule = f"{_headings(sheet, column, other)} look swapped: {called}; {REMEDY}"
        faults.add(rule, row=faults.layout.first if faults.layout else None)
    faults.settle()


REMEDY: Final = "put each heading over its own column, and bring the file in again"

Found = tuple[str, str, str]
"""Two columns, and what shows that they are swapped."""


def _by_sort(
    rows: Sequence[Row], columns: Sequence[str], sorts: Mapping[str, Sort]
) -> Iterator[Found]:
    """Yield each column that does not hold what it should, with another one that does."""
    told: set[str] = set()
    for column, sort in sorts.items():
        is_filled = any(row.cells.get(column) for row in rows)
        if column in told or not is_filled or _part(rows, column, sort) > FEW:
            continue
        for other in columns:
            is_itself = other in sorts and _part(rows, other, sorts[other]) >= MOST
            if other == column or is_itself or _part(rows, other, sort) < MOST:
                continue
            told |= {column, other}
            yield column, other, f"{other} holds {sort.called}, and {column} does not"
            break


def _part(rows: Sequence[Row], column: str, sort: Sort) -> float:
    """Return which part of a column's cells are of a sort; of a blank column, none."""
    cells = [cell for row in rows if (cell := row.cells.get(column))]
    return sum(map(sort.is_one, cells)) / len(cells) if cells else 0.0


def _by_pair(rows: Sequence[Row], pairs: Pairs) -> Iterator[Found]:
    for (one, other), is_swapped in pairs.items():
        both = [
            is_swapped(row.cells[one], row.cells[other])
            for row in rows
            if row.cells.get(one) and row.cells.get(other)
        ]
        if len(both) > 1 and sum(both) >= MOST * len(both):
            yield one, other, f"{one} holds what {other} should in {sum(both)} of {len(both)} rows"


def _headings(sheet: Sheet, *columns: str) -> str:
    """Return the headings of two columns, as the file has them."""
    layout = sheet.faults.layout
    in_order = sorted(columns, key=sheet.columns.index)
    texts = [
        shorten(layout.headings[layout.columns.index(each)]) if layout else each
        for each in in_order
    ]
    return f'the columns "{texts[0]}" and "{texts[1]}"'
