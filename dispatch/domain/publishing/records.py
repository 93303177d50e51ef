"""The letters with their figures as JSON, for programs that would rather not join two tables."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from dispatch.domain.publishing.bundle import LETTERS
from dispatch.domain.publishing.spreadsheet import Row

FILE: Final = "letters.json"
TITLE: Final = "Letters with their figures, as JSON"
DESCRIPTION: Final = (
    "A list of letters, each with the columns of letters.csv by name. `figures` has the value of "
    "each figure by the short name that it has in figures.csv; `made_up` names those that are made "
    "up, for a trial. A cell that is empty there is null here."
)


def number(value: str) -> int | float:
    """Return a number as it is written."""
    return float(value) if "." in value else int(value)


READERS: Final[Mapping[str, Callable[[str], Any]]] = {
    "integer": int,
    "number": number,
    "boolean": "true".__eq__,
}
"""How the text of a cell becomes a value, by the type of its column; others stay text."""


def json_lines(
    letters: Iterable[Row], figures: Mapping[tuple[str, str], Sequence[Row]]
) -> Iterator[bytes]:
    """Yield `letters.json`: one letter a line, so that two uploads can be compared.

    `figures` are those of each authority, by the mailout and its code.
    """
    yield b'{"letters":['
    for number, row in enumerate(letters):
        told = figures.get((row["mailout"], row["authority_code"]), ())
        said = json.dumps(_letter(row, told), ensure_ascii=False, separators=(",", ":"))
        yield f"{',' if number else ''}\n{said}".encode()
    yield b"\n]}\n"


def _letter(row: Row, figures: Sequence[Row]) -> dict[str, Any]:
    cells = {
        column.name: READERS.get(column.type, str)(row[column.name]) if row[column.name] else None
        for column in LETTERS.columns
    }
    return cells | {
        "figures": {each["figure"]: number(each["value"]) for each in figures},
        "made_up": [each["figure"] for each in figures if each["is_synthetic"] == "true"],
    }
