"""What is wrong with a file: every fault with its place, value and rule, told all at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Final

from dispatch.domain.errors import BadInput

SHOWN_CHARACTERS: Final = 60
"""How much of a value a message repeats."""

SHOWN_FAULTS: Final = 20
"""How many faults a message lists before it only counts them."""


class Wrong(ValueError):
    """A value breaks a rule; the message is the rule, to be read after the value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that is wrong, and where."""

    file: str
    row: int | None = None
    """As a spreadsheet numbers it: the header is row 1."""
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
    """The faults of one file, gathered so that a person mends them in one go."""

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
        """Return the error that lists the faults in the order of the rows; many are counted."""
        ordered = sorted(self.found, key=lambda fault: fault.row or 0)
        lines = [str(fault) for fault in ordered[:SHOWN_FAULTS]]
        if len(ordered) > SHOWN_FAULTS:
            lines.append(f"... and {len(ordered) - SHOWN_FAULTS} more")
        return BadInput(f"{self.file} cannot be used; nothing was taken over:", lines)


def shorten(value: str) -> str:
    """Return a value as a message may show it: one line, not long, nothing unprintable."""
    cut = value if len(value) <= SHOWN_CHARACTERS else f"{value[: SHOWN_CHARACTERS - 3]}..."
    return "".join(each if each.isprintable() else f"\\x{ord(each):02x}" for each in cut)


def meant(value: str, known: Iterable[str]) -> str:
    """Return "; did you mean X?" where something known is spelt much the same, else nothing."""
    by_folded = {each.casefold(): each for each in known}
    close = get_close_matches(value.casefold()[:SHOWN_CHARACTERS], by_folded, n=1)
    return f"; did you mean {by_folded[close[0]]}?" if close else ""
