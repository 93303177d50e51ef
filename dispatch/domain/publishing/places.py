"""Where authorities are drawn on a map of hexagons.

A map is a table: `panel` is the heading of the part of the map, `authority` a code, `name` what the
hexagon is called if the authority has no letter, and `q` and `r` its column and row in the "odd-r"
arrangement: odd rows are shifted right by half a hexagon, and `r` grows to the north.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from dispatch.domain.errors import BadInput
from dispatch.domain.publishing.spreadsheet import Row, from_csv

COLUMNS: Final = ("panel", "authority", "name", "q", "r")
FARTHEST: Final = 200
"""Columns and rows from the middle of a map."""

MOST_PLACES: Final = 5_000
WHOLE: Final = re.compile(r"-?[0-9]{1,3}")


@dataclass(frozen=True, slots=True)
class Place:
    """The hexagon of one authority."""

    panel: str
    authority: str
    name: str
    q: int
    r: int

    def row(self, mailout: str, name: str) -> Row:
        """Return its row in the public table, for a mailout that is drawn on the map `name`."""
        return {
            "mailout": mailout,
            "map": name,
            "panel": self.panel,
            "authority_code": self.authority,
            "authority_name": self.name,
            "q": str(self.q),
            "r": str(self.r),
        }


def read(name: str, content: bytes) -> tuple[Place, ...]:
    """Return the places in a map's file, in its order. Raises `BadInput` with the line."""
    try:
        rows = from_csv(content)
    except ValueError as error:
        raise BadInput(f"{name}: this is not CSV in UTF-8: {error}") from error
    if not rows or not rows[0].keys() >= set(COLUMNS):
        raise BadInput(f"{name}: a map has rows with the columns {', '.join(COLUMNS)}")
    if len(rows) > MOST_PLACES:
        raise BadInput(f"{name}: it has {len(rows)} rows; at most {MOST_PLACES} are read")
    found = tuple(_place(f"{name}, line {line}", row) for line, row in enumerate(rows, 2))
    _refuse_repeated(name, found)
    return found


def _place(where: str, row: Row) -> Place:
    words = [row[column].strip() for column in ("panel", "authority", "name")]
    if not all(words) or not all(word.isprintable() for word in words):
        raise BadInput(f"{where}: panel, authority and name need a text on one line")
    panel, authority, title = words
    q, r = (_whole(where, column, row[column].strip()) for column in ("q", "r"))
    return Place(panel, authority, title, q, r)


def _whole(where: str, column: str, value: str) -> int:
    if not WHOLE.fullmatch(value) or abs(int(value)) > FARTHEST:
        raise BadInput(
            f"{where}, {column}: {value[:40]}: this is not a whole number from -{FARTHEST} to "
            f"{FARTHEST}"
        )
    return int(value)


def _refuse_repeated(name: str, places: Iterable[Place]) -> None:
    """Raise `BadInput` if two hexagons would lie on each other, or one authority has two."""
    seen: dict[tuple[object, ...], int] = {}
    for line, each in enumerate(places, 2):
        for key in ((each.panel, each.q, each.r), (each.panel, each.authority)):
            if (first := seen.setdefault(key, line)) != line:
                where = f"{name}, line {line}: {each.authority}"
                raise BadInput(f"{where}: line {first} has that place or that authority already")
