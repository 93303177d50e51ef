"""What a spreadsheet says of its cells, rows and columns beside their values."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import IO, Any, Final
from xml.parsers import expat

PIECE: Final = 1024 * 1024

Attributes = dict[str, str]

PER_CENT: Final = "per cent"
"""The mark of a cell that shows its value times 100; any other mark is a rule that it breaks."""

NOT_SAVED: Final = (
    "holds a formula whose value was not saved with it; open the file in Excel or LibreOffice and "
    "save it, or paste the values in place of the formulas"
)


@dataclass(slots=True)
class Marks:
    """The marks of one sheet. Rows and columns are counted from 0."""

    cells: dict[int, dict[int, str]] = field(default_factory=dict)
    """By row and column: `PER_CENT`, or the rule that a cell breaks. Only marked cells are here."""
    merged: dict[int, dict[int, str]] = field(default_factory=dict)
    """The range that begins in a cell and is one cell to the eye, such as A2:A3."""
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    is_filtered: bool = False
    """Whether a filter hides rows."""


def shows_error(text: str) -> str:
    """Return the rule that a cell breaks which shows an error."""
    return f"shows the error {text}; {CORRECT}"


CORRECT: Final = "correct it in the spreadsheet, or clear the cell if there is no value"


def number_format(code: str) -> str | None:
    """Return the mark of cells with a number format, given as its code; None if it has none."""
    shown = re.sub(r'"[^"]*"?|\\.|_.|\*.', "", code)
    if "%" in shown:
        return PER_CENT
    sections = [re.sub(r"\[[^\]]*\]", "", each) for each in shown.split(";")]
    if re.search(r"[0#?],+(?![0#?,])", sections[0]):
        return f"has the number format {code}, which shows it divided by 1,000; {GENERAL}"
    # Without a condition the later sections are of negative numbers, of nought and of text.
    looked_at = sections if re.search(r"\[[<>]", shown) else sections[:1]
    if not all(_shows_number(each) for each in looked_at):
        return f"has the number format {code}, which does not show the number; {GENERAL}"
    return None


GENERAL: Final = "give the cell the format General and look whether its number is right"


def _shows_number(section: str) -> bool:
    return bool(re.search(r"[0#?@a-z]", section, re.IGNORECASE))


def parse(
    source: IO[bytes],
    start: Callable[[str, Attributes], None],
    end: Callable[[str], None] | None = None,
    text: Callable[[str], None] | None = None,
) -> None:
    """Read XML piece by piece. Raises `ExpatError`; entities of its own are not expanded."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    parser.EntityDeclHandler = _refuse_entity
    while piece := source.read(PIECE):
        parser.Parse(piece)
    parser.Parse(b"", True)  # noqa: FBT003 - expat has no name for it: this is the end


def _refuse_entity(*_: Any) -> None:  # noqa: ANN401 - expat's arguments, of which none is used
    raise expat.ExpatError("entities are not allowed")


def local(name: str) -> str:
    """Return the name of an element without its prefix."""
    return name.rpartition(":")[2]


def is_true(value: str | None) -> bool:
    """Whether an attribute of XML says yes."""
    return value in {"1", "true", "on"}


def is_zero(length: str | None) -> bool:
    """Whether a length, with or without its unit, is nothing."""
    return length is not None and bool(re.fullmatch(r"0*\.?0*[a-z]*", length)) and "0" in length


def spans(numbers: Iterable[int]) -> str:
    """Return numbers in words: "3", "3 and 4", "3 to 9 and 12"."""
    found: list[list[int]] = []
    for number in sorted(numbers):
        if found and number == found[-1][-1] + 1:
            found[-1].append(number)
        else:
            found.append([number])
    parts = [part for span in found for part in _span(span)]
    shown = parts if len(parts) <= SHOWN_SPANS else [*parts[:SHOWN_SPANS], "others"]
    return " and ".join(filter(None, (", ".join(shown[:-1]), shown[-1])))


def _span(numbers: Sequence[int]) -> list[str]:
    if len(numbers) <= len(("first", "last")):
        return [str(number) for number in numbers]
    return [f"{numbers[0]} to {numbers[-1]}"]


SHOWN_SPANS: Final = 8
