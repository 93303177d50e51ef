"""Collect everything that is wrong in a file, each fault with its place, value and rule."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Final

from dispatch.domain.errors import BadInput
from dispatch.domain.wording.characters import code_point

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

    def __str__(self) -> str:
        row = f"row {self.row}" if self.row else None
        place = ", ".join(part for part in (self.file, row, self.column) if part)
        value = "" if self.value is None else f'"{shorten(self.value)}" '
        return f"{place}: {value}{self.rule}"


@dataclass(frozen=True, slots=True)
class Faults:
    """The faults of one file, collected so that a person can correct them all at once."""

    file: str
    found: list[Fault] = field(default_factory=list)

    def add(
        self,
        rule: str,
        *,
        row: int | None = None,
        column: str | None = None,
        value: str | None = None,
    ) -> None:
        """Note a fault of this file."""
        self.found.append(
            Fault(file=self.file, row=row, column=column, value=value, rule=rule),
        )

    def settle(self) -> None:
        """Raise `refusal` if there is any fault."""
        if self.found:
            raise self.refusal()

    def refusal(self) -> BadInput:
        """Return the error that lists the faults by row; beyond the first 20 it counts them."""
        ordered = sorted(self.found, key=lambda fault: fault.row or 0)
        lines = [str(fault) for fault in ordered[:SHOWN_FAULTS]]
        if len(ordered) > SHOWN_FAULTS:
            lines.append(f"... and {len(ordered) - SHOWN_FAULTS} more")
        return BadInput(f"{self.file} cannot be used; nothing was imported:", lines)


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
