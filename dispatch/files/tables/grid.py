"""The cells of a table as text: how many there may be, and reading them in a process of its own.

A few bytes of a spreadsheet can unpack to gigabytes, and one cell far to the right makes the
reading library ask for hundreds of them; it then does not raise an error but ends the process. A
large text of nothing but delimiters takes fifty times its size. So a child process with limited
memory and time reads them. If it dies, the file is reported as one that cannot be read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from dispatch.child import Child, Failed
from dispatch.domain.errors import BadInput
from dispatch.files.disk import MEBIBYTE

# Far above any real table, and far below what would do harm.
ROWS: Final = 100_000
COLUMNS: Final = 200
CELLS: Final = 5_000_000
CELL_CHARACTERS: Final = 10_000


@dataclass(frozen=True, slots=True)
class Oddity:
    """What is wrong with a cell, a whole row or a whole column, apart from its text."""

    rule: str
    row: int | None = None
    """As a spreadsheet numbers it, from 1."""
    column: int | None = None
    """Counted from 0."""


@dataclass(frozen=True, slots=True)
class Grid:
    """The rows of a table, each a list of text; a blank line is a row without cells."""

    rows: list[list[str]]
    oddities: tuple[Oddity, ...] = ()
    notes: tuple[str, ...] = ()
    """What a person should know of how it was read, a sentence each."""


def letters(column: int) -> str:
    """Return the letters by which a spreadsheet calls a column, counted from 0: C for 2."""
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


ANSWER_BYTES: Final = 800 * MEBIBYTE
"""JSON spells one character in up to six, and adds quotes and commas."""

UNREADABLE: Final = "this {what} cannot be read; save it as .xlsx or CSV and try again"

Said = dict[str, Any]
"""What comes after the rows: what is odd in them and what to note, or why they are refused."""


def read_apart(name: str, content: bytes, function: str, *, what: str, seconds: float) -> Grid:
    """Return the cells, as text, that a function (MODULE:NAME) finds; it is called in a child.

    Raises `BadInput` if the table is damaged, larger than the limits, or crashes its reader.
    """
    with Child(function, seconds=seconds, largest_answer=ANSWER_BYTES) as child:
        found = child.ask(content)
    if isinstance(found, Failed):
        raise BadInput(f"{name}: {UNREADABLE.format(what=what)}")
    *cells, said = found
    if "refused" in said:
        raise BadInput(f"{name}{_after_name(said['refused'])}")
    oddities = tuple(Oddity(rule, row, column) for rule, row, column in said["oddities"])
    return Grid(cells, oddities, tuple(said["notes"]))


def _after_name(refused: str) -> str:
    """Return what is wrong as it stands after the file's name; it may begin with a line."""
    return refused if refused.startswith((":", ",")) else f": {refused}"


def answer(rows: Callable[[], Iterator[list[str] | Said]]) -> Iterator[list[str] | Said]:
    """Yield each row and what is odd in them, or at last what is wrong. Called in the child."""
    try:
        yield from _within_limits(rows())
    except BadInput as error:
        yield {"refused": str(error)}


def _within_limits(rows: Iterator[list[str] | Said]) -> Iterator[list[str] | Said]:
    """Yield the rows without blank cells at their ends, up to a number of cells."""
    left = CELLS
    for row in rows:
        if isinstance(row, list):
            while row and not row[-1]:
                row.pop()
            left -= len(row)
        if left < 0:
            raise BadInput(f"the table has more than {CELLS:,} cells, the most that is read")
        yield row
