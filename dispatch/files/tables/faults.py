"""Collect everything that is wrong in a file, each fault with its place, value and rule."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Final

from dispatch.domain.errors import BadInput
from dispatch.domain.wording.characters import code_point
from dispatch.files.tables.grid import letters

SHOWN_CHARACTERS: Final = 60
"""How much of a value a message repeats."""

SHOWN_FAULTS: Final = 20
"""How many faults a message lists before it only counts them."""


class Wrong(ValueError):
    """A value breaks a rule. The message states the rule and reads on from the value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that is wrong, and where."""

    file: str
    row: int | None = None
    """As a spreadsheet numbers it: the headings are row 1."""
    column: str | None = None
    """The column, or the key in a file that has no columns."""
    value: str | None = None
    rule: str
    option: str = ""
    """What else the command line offers, after the rule."""

    def __str__(self) -> str:
        row = f"row {self.row}" if self.row else None
        place = ", ".join(part for part in (self.file, row, self.column) if part)
        value = "" if self.value is None else f'"{shorten(self.value)}" '
        return f"{place}: {value}{self.rule}{self.option}"

    @property
    def in_row(self) -> str:
        """What is wrong, for those who have the row before them."""
        value = "" if self.value is None else f'"{shorten(self.value)}" '
        return f"{self.column}: {value}{self.rule}" if self.column else f"{value}{self.rule}"


@dataclass(frozen=True, slots=True)
class Layout:
    """A table as it came, so that a fault can be shown beside its row."""

    first: int
    """The number of the row with the headings, as a spreadsheet numbers it."""
    headings: tuple[str, ...]
    columns: tuple[str, ...]
    """The column that each heading means; "" for one that is passed over."""
    rows: Mapping[int, Sequence[str]]
    """The text of the rows below the headings that are not blank, by their numbers."""

    def position(self, column: str) -> int | None:
        """Return where a fault's column stands, counted from 0; None if the file has none."""
        if column in self.columns:
            return self.columns.index(column)
        # A column without a heading is called by its letters.
        called = (at for at in range(len(self.headings)) if letters(at) == column)
        return next(called, None)


class Faulty(BadInput):
    """A table with faults, each in its place."""

    def __init__(
        self,
        message: str,
        problems: Sequence[str],
        *,
        faults: Sequence[Fault],
        layout: Layout | None = None,
    ) -> None:
        """Keep every fault, by row, and the table as it came, if it could be read so far."""
        super().__init__(message, problems)
        self.faults = tuple(faults)
        self.layout = layout


@dataclass(frozen=True, slots=True)
class Faults:
    """The faults of one file, collected so that a person can correct them all at once."""

    file: str
    found: list[Fault] = field(default_factory=list)
    layout: Layout | None = None

    def add(
        self,
        rule: str,
        *,
        row: int | None = None,
        column: str | None = None,
        value: str | None = None,
        option: str = "",
    ) -> None:
        """Note a fault of this file."""
        self.found.append(
            Fault(file=self.file, value=value, rule=rule, option=option, row=row, column=column)
        )

    def settle(self) -> None:
        """Raise `refusal` if there is any fault."""
        if self.found:
            raise self.refusal()

    def refusal(self) -> Faulty:
        """Return the error that lists the faults by row; beyond the first 20 it counts them."""
        ordered = sorted(self.found, key=lambda fault: fault.row or 0)
        lines = [str(fault) for fault in ordered[:SHOWN_FAULTS]]
        if len(ordered) > SHOWN_FAULTS:
            lines.append(f"... and {len(ordered) - SHOWN_FAULTS} more")
        return Faulty(
            f"{self.file} cannot be used; nothing was imported:",
            lines,
            faults=ordered,
            layout=self.layout,
        )


def shorten(value: str) -> str:
    """Return a value as a message may show it: short, on one line, and printable."""
    cut = value if len(value) <= SHOWN_CHARACTERS else f"{value[: SHOWN_CHARACTERS - 3]}..."
    return "".join(each if each.isprintable() else _visible(each) for each in cut)


def _visible(character: str) -> str:
    is_ascii = character.isascii()
    return f"\\x{ord(character):02x}" if is_ascii else f"[{code_point(character)}]"


def invisible(character: str) -> str:
    """Return the rule that a character breaks which nobody can see."""
    return f"holds the invisible character {code_point(character)}; type it again without it"


def meant(value: str, known: Iterable[str], *, alike: float = 0.6) -> str:
    """Return "; did you mean X?" if a known value is spelt much like this one, or nothing."""
    by_folded = {each.casefold(): each for each in known}
    close = get_close_matches(value.casefold()[:SHOWN_CHARACTERS], by_folded, n=1, cutoff=alike)
    return f"; did you mean {by_folded[close[0]]}?" if close else ""
