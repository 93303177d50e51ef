"""The page of one authority: its figures of all years, and how its group lies beside it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from dispatch.documents.site.listing import View
from dispatch.documents.site.measures import Measure, Told, cases, is_few
from dispatch.domain.publishing.bands import STEPS
from dispatch.domain.publishing.published import COUNT
from dispatch.domain.publishing.spreadsheet import Row

SLOT: Final = 72
"""How wide a year is in a chart."""

BAR: Final = 36
TALLEST: Final = 80
TOP: Final = 26
GAP: Final = 5
LETTER: Final = 14
"""How tall a number is."""
HEIGHT: Final = TOP + TALLEST + 22
SHORT: Final = 9
"""The longest name of a year that stands under its bar; longer ones are numbered."""

FULL: Final = Decimal(100)
WIDEST: Final = 160
"""The bar of all of a group."""

FEWEST_IN_GROUP: Final = 3
"""In a smaller group the bands would name the others."""


@dataclass(frozen=True, slots=True)
class Year:
    """A mailout, with what it measured and told about everybody."""

    mailout: View
    measures: tuple[Measure, ...]
    told: Told
    groups: Mapping[str, str]
    """The comparison group of each authority in it, by code; empty for none."""
    spread: Mapping[tuple[str, str], Counter[int]]
    """How many of a group lie in each band of a measure, by the group and the figure's name."""

    def measure(self, name: str) -> Measure | None:
        """Return a measure of this mailout by the name of its figure."""
        return next((each for each in self.measures if each.name == name), None)


def spread(
    measures: Sequence[Measure], told: Told, groups: Mapping[str, str]
) -> dict[tuple[str, str], Counter[int]]:
    """Return how many of each group lie in each band of each measure."""
    found: dict[tuple[str, str], Counter[int]] = {}
    for code, group in groups.items():
        known = told.get(code, {})
        for measure in measures:
            if row := known.get(measure.name):
                found.setdefault((group, measure.name), Counter())[measure.band(row)] += 1
    return found


def of_authority(authority: View, years: Sequence[Year]) -> View:
    """Return what the page of an authority shows; `years` are all mailouts, the newest first."""
    code = authority["code"]
    own = [year for year in years if code in year.groups]
    labels = [year.mailout["about"] for year in own]
    is_numbered = any(len(label) > SHORT for label in labels)
    ticks = [str(len(own) - at) if is_numbered else label for at, label in enumerate(labels)]
    named = [
        f"{tick}. {label}" if is_numbered else label
        for tick, label in zip(ticks, labels, strict=True)
    ]
    newest: dict[str, Measure] = {}
    for year in own:
        for measure in year.measures:
            newest.setdefault(measure.name, measure)
    return {
        "authority": authority,
        "years": named,
        "measures": [
            _measured(code, measure, own, _Named(ticks, named)) for measure in newest.values()
        ],
        "tables": _tables(code, own),
        "has_made_up": any(
            row["is_synthetic"] == "true"
            for year in own
            for row in year.told.get(code, {}).values()
        ),
    }


@dataclass(frozen=True, slots=True)
class _Named:
    """What the years of a page are called, the newest first."""

    ticks: Sequence[str]
    """Under a bar."""
    rows: Sequence[str]
    """In a table."""


def _measured(code: str, measure: Measure, years: Sequence[Year], named: _Named) -> View:
    rows = [year.told.get(code, {}).get(measure.name) for year in years]
    averages = [year.told.get(code, {}).get(measure.average) for year in years]
    lines = [
        {
            "year": label,
            "shown": measure.shown(row),
            "average": measure.shown(average),
        }
        for label, row, average in zip(named.rows, rows, averages, strict=True)
    ]
    return {
        "name": measure.name,
        "heading": measure.heading,
        "lines": lines,
        "has_any": any(rows),
        "has_averages": any(averages),
        "has_few": any(row is not None and is_few(row) for row in rows),
        "has_cases": any(row is not None and cases(row) for row in rows),
        "chart": _chart(measure, rows[::-1], averages[::-1], named.ticks[::-1]),
        "group": _group(code, measure.name, years),
    }


def _chart(
    measure: Measure,
    rows: Sequence[Row | None],
    averages: Sequence[Row | None],
    ticks: Sequence[str],
) -> View:
    """Return a bar for each year from the oldest on, and a line for the average beside it."""
    values = [Decimal(row["value"]) for row in (*rows, *averages) if row is not None]
    most = FULL if measure.is_percentage else _round_number(max(values, default=Decimal(1)))
    bars = []
    for at, (row, average, tick) in enumerate(zip(rows, averages, ticks, strict=True)):
        left = at * SLOT
        bar = {
            "middle": left + SLOT // 2,
            "tick": tick,
            "value": measure.in_words(row["value"]) if row else "\N{EN DASH}",
        }
        drawn = bar | _bar(left, _tall(row, most)) | _line(left, _tall(average, most))
        bars.append(_legible(drawn))
    return {
        "width": SLOT * len(rows),
        "height": HEIGHT,
        "floor": TOP + TALLEST,
        "tick_at": HEIGHT - 6,
        "bars": bars,
    }


def _legible(bar: View) -> View:
    """Put the number above the line of the average, if that would strike it through."""
    if bar["has_line"] and bar["value_at"] - LETTER < bar["line_at"] < bar["value_at"] + GAP:
        return bar | {"value_at": bar["line_at"] - GAP}
    return bar


def _bar(left: int, tall: int | None) -> View:
    if tall is None:
        return {"has_bar": False, "value_at": TOP + TALLEST - GAP}
    top = TOP + TALLEST - tall
    x = left + (SLOT - BAR) // 2
    return {"has_bar": True, "x": x, "y": top, "w": BAR, "h": tall, "value_at": top - GAP}


def _line(left: int, tall: int | None) -> View:
    if tall is None:
        return {"has_line": False}
    return {
        "has_line": True,
        "line_from": left + 6,
        "line_to": left + SLOT - 6,
        "line_at": TOP + TALLEST - tall,
    }


def _tall(row: Row | None, most: Decimal) -> int | None:
    return None if row is None else round(Decimal(row["value"]) * TALLEST / most)


def _round_number(most: Decimal) -> Decimal:
    return next((each for each in STEPS if each >= most), most)


def _group(code: str, name: str, years: Sequence[Year]) -> View | None:
    """Return how many of its group lie in each band, in the last year in which it has a value."""
    for year in years:
        measure, group = year.measure(name), year.groups[code]
        own = year.told.get(code, {}).get(name)
        if measure is None or own is None:
            continue
        counted = year.spread[group, name]
        if not group or counted.total() < FEWEST_IN_GROUP:
            return None
        return _bands(measure, counted, measure.band(own)) | {
            "name": group,
            "year": year.mailout["about"],
            "count": counted.total(),
        }
    return None


def _bands(measure: Measure, counted: Counter[int], own: int) -> View:
    most = max(counted.values())
    return {
        "bands": [
            {
                "words": measure.in_words(band.words),
                "count": counted[number],
                "width": round(counted[number] * WIDEST / most),
                "is_own": number == own,
            }
            for number, band in enumerate(measure.bands)
        ]
    }


def _tables(code: str, years: Sequence[Year]) -> list[View]:
    """Return the tables of counts: the rows that add up to a total, by year."""
    counts = [
        {name: row for name, row in year.told.get(code, {}).items() if row["unit"] == COUNT}
        for year in years
    ]
    labels: dict[str, str] = {}
    for known in counts:
        for name, row in known.items():
            labels.setdefault(name, row["label"])
    return list(_tables_of(labels, counts))


def _tables_of(labels: Mapping[str, str], counts: Sequence[Mapping[str, Row]]) -> Iterator[View]:
    for total, label in labels.items():
        parts = {
            name: words.removeprefix(f"{label}: ")
            for name, words in labels.items()
            if words.startswith(f"{label}: ")
        }
        if parts:
            rows = [*parts.items(), (total, "Total")]
            yield {
                "heading": label,
                "rows": [
                    {
                        "label": words.capitalize(),
                        "cells": [_cell(known.get(name)) for known in counts],
                    }
                    for name, words in rows
                ],
            }


def _cell(row: Row | None) -> str:
    if row is None:
        return "\N{EN DASH}"
    return f"{row['value']}*" if row["is_synthetic"] == "true" else row["value"]
