"""The letters with their figures as JSON, for programs that would rather not join two tables."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
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


def to_json(letters: Iterable[Row], figures: Iterable[Row]) -> bytes:
    """Return `letters.json`: one letter a line, so that two uploads can be compared."""
    told: dict[tuple[str, str], list[Row]] = {}
    for row in figures:
        told.setdefault((row["mailout"], row["authority_code"]), []).append(row)
    lines = [
        json.dumps(
            _letter(row, told.get((row["mailout"], row["authority_code"]), [])),
            ensure_ascii=False,
            separators=(",", ":"),
        )
        for row in letters
    ]
    return ('{"letters":[\n' + ",\n".join(lines) + "\n]}\n").encode()


def _letter(row: Row, figures: Sequence[Row]) -> dict[str, Any]:
    cells = {
        column.name: READERS.get(column.type, str)(row[column.name]) if row[column.name] else None
        for column in LETTERS.columns
    }
    return cells | {
        "figures": {each["figure"]: number(each["value"]) for each in figures},
        "made_up": [each["figure"] for each in figures if each["is_synthetic"] == "true"],
    }
