"""The map of a mailout: a hexagon for each authority, with its number, coloured by each measure.

Nobody is lost on it: an authority that has a hexagon and no letter is drawn as such, and one that
has a letter and no hexagon is listed beside the map.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from dispatch.documents.site.listing import View
from dispatch.documents.site.measures import Measure, Told
from dispatch.domain.publishing.bundle import notice
from dispatch.domain.publishing.spreadsheet import Row

WIDTH: Final = 30
"""Of a hexagon that stands on a corner; its height is 34.6."""

STEP: Final = 26
"""From one row to the next."""

HALF_WIDTH, HALF_HEIGHT = 15, 18
MARGIN: Final = 2
DASH: Final = "\N{EN DASH}"


@dataclass(frozen=True, slots=True)
class Drawing:
    """What the map of a mailout is drawn from."""

    mailout: View
    lettered: Mapping[str, View]
    """The authorities with a letter of the mailout, by code."""
    pages: Mapping[str, str]
    """The page of each authority in the bundle, by its code."""
    measures: Sequence[Measure]
    """Those that a map shows."""
    told: Told


def drawn(drawing: Drawing, places: Sequence[Row], notices: Mapping[str, bytes]) -> View | None:
    """Return the map of a mailout; None where none of its authorities has a place."""
    lettered = drawing.lettered
    on_it = {row["authority_code"] for row in places}
    if not drawing.measures or on_it.isdisjoint(lettered):
        return None
    sizes = Counter(row["panel"] for row in places)
    panels = sorted(sizes, key=lambda panel: (-sizes[panel], panel))
    silent = {row["authority_code"]: row["authority_name"] for row in places}
    return {
        "mailout": drawing.mailout,
        "measures": [each.view() for each in drawing.measures],
        "panels": [
            _panel(drawing, panel, [row for row in places if row["panel"] == panel])
            for panel in panels
        ],
        "beside": [_aside(drawing, each) for code, each in lettered.items() if code not in on_it],
        "silent": sorted(name for code, name in silent.items() if code not in lettered),
        "credit": _credit(places[0]["map"], notices),
    }


def _credit(name: str, notices: Mapping[str, bytes]) -> View | None:
    """Return the first line of the notice that says whom a map is by."""
    first = notices.get(name, b"").decode().partition("\n")[0].strip()
    return {"words": first, "href": notice(name)} if first else None


def _panel(drawing: Drawing, heading: str, places: Sequence[Row]) -> View:
    spots = [(_x(row), _y(row)) for row in places]
    left, top = (min(spot[axis] for spot in spots) for axis in (0, 1))
    right, bottom = (max(spot[axis] for spot in spots) for axis in (0, 1))
    x, y = left - HALF_WIDTH - MARGIN, top - HALF_HEIGHT - MARGIN
    width, height = (
        right - left + 2 * (HALF_WIDTH + MARGIN),
        bottom - top + 2 * (HALF_HEIGHT + MARGIN),
    )
    order = sorted(places, key=lambda row: (_y(row), _x(row)))
    return {
        "heading": heading,
        "box": f"{x} {y} {width} {height}",
        "is_wide": width > WIDTH * 16,
        "width": width,
        "height": height,
        "hexagons": [_hexagon(drawing, row) for row in order],
    }


def _x(place: Row) -> int:
    return int(place["q"]) * WIDTH + (int(place["r"]) % 2) * HALF_WIDTH


def _y(place: Row) -> int:
    return -int(place["r"]) * STEP


def _hexagon(drawing: Drawing, place: Row) -> View:
    code = place["authority_code"]
    spot = {"at": f"translate({_x(place)} {_y(place)})", "page": drawing.pages.get(code, "")}
    authority = drawing.lettered.get(code)
    if authority is None:
        words = f"{place['authority_name']}: no letter"
        return spot | {"title": words, "css": "silent", "texts": []}
    found = _values(drawing, code)
    numbers = ", ".join(value["value"] if value else DASH for _, _, value in found)
    return spot | {
        "title": f"{authority['short']}: {numbers}",
        "css": " ".join(css for _, css, _ in found),
        "texts": [_text(measure, value) for measure, _, value in found],
    }


def _text(measure: Measure, value: View | None) -> View:
    return {
        "css": f"{measure.letter} few" if value and value["is_few"] else measure.letter,
        "number": value["number"] if value else DASH,
    }


def _aside(drawing: Drawing, authority: View) -> View:
    found = _values(drawing, authority["code"])
    return {
        "name": authority["name"],
        "page": drawing.pages[authority["code"]],
        "css": " ".join(css for _, css, _ in found),
        "values": [
            {"css": measure.letter, "value": value["value"] if value else DASH}
            for measure, _, value in found
        ],
    }


def _values(drawing: Drawing, code: str) -> list[tuple[Measure, str, View | None]]:
    """Return each measure with the class and the words of an authority's figure."""
    own = drawing.told.get(code, {})
    rows = [(each, own.get(each.name)) for each in drawing.measures]
    return [(measure, measure.css(row), measure.shown(row)) for measure, row in rows]
