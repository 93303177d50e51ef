"""The cells of a table as text, and what the text of a cell does not say."""

from __future__ import annotations

from dataclasses import dataclass


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
