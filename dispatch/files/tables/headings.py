"""Which column each heading of a table means, in the spellings that people use.

What is clear is taken, and named if it is not the column's own name. What may mean two things is
refused with one hint, and what means nothing here is refused, or passed over and named.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from itertools import islice
from typing import Final

from dispatch.domain.errors import BadInput
from dispatch.files.tables import garbled
from dispatch.files.tables.faults import Faults, meant, shorten
from dispatch.files.tables.grid import COLUMNS

BETWEEN_WORDS: Final = re.compile(r"[^a-z0-9]+")

PER_CENT: Final = re.compile(r"%|\bper[ -]?cent(age)?\b")

SLIP: Final = 0.75
"""How alike an unknown heading and a column must be spelt, of 1, to be taken for a slip."""

NEAR: Final = 0.5
"""How alike they must be spelt to name an unknown heading beside a column that is missing."""

WHAT_IS_WRONG: Final = "what is wrong"
"""Begins the heading of the column that we add to a file: when that comes in again, the column is
passed over without a word."""

LOOKED_AT: Final = 10
"""Rows in which the headings are looked for, if they are not in the first."""


class OtherKind(BadInput):
    """A table of another kind than was said."""

    def __init__(self, message: str, *, kind: str) -> None:
        """Keep what it holds, such as "contacts"."""
        super().__init__(message)
        self.kind = kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """The columns that a kind of file has."""

    kind: str
    """What the file holds, such as "contacts"."""
    command: str | None = None
    """What takes the file in; None if a plan names it."""
    required: tuple[str, ...]
    optional: tuple[str, ...] = ()
    families: tuple[str, ...] = ()
    """The beginnings of names that may go on in any way, such as `received_`."""
    aliases: Mapping[str, str] = field(default_factory=dict)
    """Other names by which people call a column."""
    ambiguous: Mapping[str, str] = field(default_factory=dict)
    """Headings that may mean one thing or another, each with what it may mean."""
    others: str = ""
    """How there may be more columns."""
    instead: Mapping[str, str] = field(default_factory=dict)
    """For a required column, one for which its heading may have been taken."""

    @property
    def names(self) -> tuple[str, ...]:
        """All names, except those of the families."""
        return self.required + self.optional

    def named(self, heading: str) -> str | None:
        """Return the column that a heading means, in any usual spelling, or None."""
        spelt = spelling(heading)
        known = {**{name: name for name in self.names}, **self.aliases}
        by_letters = {_letters(name): column for name, column in known.items()}
        if column := by_letters.get(_letters(spelt)):
            return column
        return next((spelt for family in self.families if spelt.startswith(family)), None)

    def hint(self, heading: str) -> str | None:
        """Say what a heading that means no column may mean."""
        return {_letters(name): hint for name, hint in self.ambiguous.items()}.get(
            _letters(spelling(heading))
        )

    def are_in(self, headings: Collection[str]) -> bool:
        """Whether the headings name every column that this kind of file must have.

        Looks at as many as a table may have.
        """
        return {*self.required} <= {self.named(each) for each in islice(headings, COLUMNS)}


def is_ours(heading: str) -> bool:
    """Whether a heading is of the column that says what is wrong."""
    return heading.casefold().startswith(WHAT_IS_WRONG)


def spelling(heading: str) -> str:
    """Return a heading as a column would be spelt: "Upheld (%)" is `upheld_pct`."""
    return _words(PER_CENT.sub(" pct ", heading.casefold()))


def _words(heading: str) -> str:
    return BETWEEN_WORDS.sub("_", heading.casefold()).strip("_")


def _letters(name: str) -> str:
    return name.replace("_", "")


@dataclass(frozen=True, slots=True)
class Headings:
    """The headings of one table, to be judged."""

    row: int
    texts: Sequence[str]
    blank: Collection[int]
    """Positions of the columns that have neither a heading nor any cell."""
    columns: Columns

    def meaning(
        self, faults: Faults, *, ignores_unknown: bool = False
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the column of each heading ("" for one that is passed over), and the notes.

        What is wrong with a heading is noted as a fault.
        """
        if len(self.texts) > COLUMNS:
            rule = f"{len(self.texts)} columns, and {COLUMNS} are the most that is read"
            faults.add(rule, row=self.row)
            return (), ()
        found = self._found(faults)
        unknown = [
            text
            for text, column in zip(self.texts, found, strict=True)
            if text and not column and not is_ours(text)
        ]
        self._refuse(list(self._slips(unknown, faults)), faults, ignores_unknown=ignores_unknown)
        for column in self.columns.required:
            if column not in found:
                rule = f"there is no column {column}; the headings must name it"
                why = self._taken_instead(column, found) or self._nearest(column, unknown)
                faults.add(f"{rule}{why}", row=self.row)
        return tuple(found), tuple(self._notes(found, unknown))

    def _found(self, faults: Faults) -> list[str]:
        """Return the column that each heading means, or "", and note what is wrong with some."""
        found: list[str] = []
        for position, text in enumerate(self.texts):
            column = self.columns.named(text) or ""
            if not text and position not in self.blank:
                rule = f"column {position + 1} has no heading; give it one or delete it"
                faults.add(rule, row=self.row)
            elif column and column in found:
                first = shorten(self.texts[found.index(column)])
                rule = f'is the second column that means {column}, after "{first}"; delete one'
                faults.add(rule, row=self.row, value=text)
            found.append(column)
        return found

    def _slips(self, unknown: Iterable[str], faults: Faults) -> Iterator[str]:
        """Note the headings that are nearly those of columns; yield the others."""
        for text in unknown:
            if damage := garbled.damage(text):
                faults.add(damage, row=self.row, value=text)
            elif slip := meant(text, self.columns.names, alike=SLIP):
                rule = f"is not a column of this kind of file{slip}"
                faults.add(rule, row=self.row, value=text)
            else:
                yield text

    def _refuse(self, unknown: Sequence[str], faults: Faults, *, ignores_unknown: bool) -> None:
        if ignores_unknown:
            return
        hints = {text: hint for text in unknown if (hint := self.columns.hint(text))}
        for text, hint in hints.items():
            faults.add(f"may mean {hint}", row=self.row, value=text)
        if others := [text for text in unknown if text not in hints]:
            them = "them" if len(others) > 1 else "it"
            is_option = self.columns.command and ", or pass over {} with --ignore-unknown"
            option = is_option.format(them) if is_option else ""
            faults.add(self._unknown(others), row=self.row, option=option)

    def _unknown(self, headings: Sequence[str]) -> str:
        are, them = ("are not columns", "them") if len(headings) > 1 else ("is not a column", "it")
        names = [*self.columns.names, *(f"{family}..." for family in self.columns.families)]
        return (
            f"{_listed(headings)} {are} of this kind of file; the columns are {', '.join(names)}; "
            f"delete {them}{self.columns.others}"
        )

    def _taken_instead(self, column: str, found: Sequence[str]) -> str:
        other = self.columns.instead.get(column)
        if other not in found:
            return ""
        heading = shorten(self.texts[found.index(other)])
        return f'; "{heading}" was taken for {other}: if it says the {column}, call it {column}'

    def _nearest(self, column: str, unknown: Sequence[str]) -> str:
        """Say which heading that means nothing is spelt most like a column, by any of its names."""
        names = [column, *(name for name, of in self.columns.aliases.items() if of == column)]
        likeness = {
            text: max(SequenceMatcher(None, spelling(text), name).ratio() for name in names)
            for text in unknown
        }
        nearest = max(likeness, key=likeness.__getitem__, default="")
        if not nearest or likeness[nearest] < NEAR:
            return ""
        return f'; "{shorten(nearest)}" is the nearest to it'

    def _notes(self, found: Sequence[str], unknown: Sequence[str]) -> Iterator[str]:
        renamed = [
            f'"{shorten(text)}" as {column}'
            for text, column in zip(self.texts, found, strict=True)
            if column and _letters(_words(text)) != _letters(column)
        ]
        if renamed:
            yield f"Columns read under their usual names: {', '.join(renamed)}."
        if unknown:
            yield f"Columns passed over: {_listed(unknown)}."


def _listed(headings: Iterable[str]) -> str:
    return ", ".join(f'"{shorten(each)}"' for each in headings)


def check_kind(
    name: str, rows: Sequence[tuple[int, list[str]]], columns: Columns, others: Iterable[Columns]
) -> None:
    """Raise `BadInput` if a table is of another kind, or has its headings further down."""
    _, headings = rows[0]
    if columns.are_in(headings):
        return
    for other in others:
        if other.are_in(headings):
            remedy = f"import it with: {other.command}" if other.command else "a plan names it"
            raise OtherKind(
                f"{name}: this is a file of {other.kind}, not of {columns.kind}; {remedy}",
                kind=other.kind,
            )
    for number, cells in rows[1:LOOKED_AT]:
        if columns.are_in(cells):
            raise BadInput(
                f"{name}: the headings are in row {number}, and must be the first row; delete "
                f"what is above them"
            )
