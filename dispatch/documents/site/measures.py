"""What a mailout measures, and how each value is shown: in words, and coloured by its band."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from dispatch.documents.site.listing import View
from dispatch.domain.publishing.bands import FEW, Band, band_of, of_percentages, of_rates
from dispatch.domain.publishing.published import AVERAGE, COUNT, PERCENT
from dispatch.domain.publishing.spreadsheet import Row

LETTERS: Final = "abcdefgh"
"""By which the stylesheet tells measures apart: the map shows the first eight."""

NOTHING: Final = "n"
"""Marks a hexagon where there was nothing to measure."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A rate that the letters of a mailout show."""

    name: str
    """Of the figure, such as `upheld_percent`."""
    label: str
    unit: str
    letter: str
    """A letter of `LETTERS`; empty for a measure that the map does not show."""
    bands: tuple[Band, ...]

    @property
    def is_percentage(self) -> bool:
        return self.unit == PERCENT

    @property
    def heading(self) -> str:
        return self.label if self.is_percentage else f"{self.label}, {self.unit}"

    @property
    def average(self) -> str:
        """The name of the figure that is the average of similar authorities."""
        key, _, kind = self.name.rpartition("_")
        return f"{key}{AVERAGE}_{kind}"

    def view(self) -> View:
        """Return what a legend shows of it."""
        swatches = [
            {"css": f"{self.letter}{number}", "words": self.in_words(band.words)}
            for number, band in enumerate(self.bands)
        ]
        return {
            "letter": self.letter,
            "name": self.name,
            "heading": self.heading,
            "is_percentage": self.is_percentage,
            "bands": swatches,
        }

    def in_words(self, value: str) -> str:
        """Return a value with its unit."""
        return f"{value}%" if self.is_percentage else value

    def band(self, row: Row) -> int:
        """Return the band of a figure."""
        return band_of(self.bands, Decimal(row["value"]))

    def shown(self, row: Row | None) -> View | None:
        """Return what the pages show of a figure; None where there was nothing to measure."""
        if row is None:
            return None
        return {
            "value": self.in_words(row["value"]),
            "number": row["value"],
            "of": cases(row),
            "is_few": is_few(row),
            "is_made_up": row["is_synthetic"] == "true",
        }

    def css(self, row: Row | None) -> str:
        """Return the class by which the stylesheet colours a figure."""
        return f"{self.letter}{NOTHING if row is None else self.band(row)}"


def cases(row: Row) -> str:
    """Return of how many cases a figure is, in words; empty where a bundle does not say."""
    if not row["count"]:
        return ""
    return f"{row['count']} of {row['base']}" if row["base"] else row["count"]


def is_few(row: Row) -> bool:
    """Whether a percentage is of so few cases that one more or less moves it far."""
    return bool(row["base"]) and int(row["base"]) < FEW


def of_mailout(figures: Iterable[Row]) -> tuple[Measure, ...]:
    """Return what the letters of one mailout measure, in the letters' order."""
    firsts: dict[str, Row] = {}
    most: dict[str, Decimal] = {}
    for row in filter(is_rate, figures):
        name, value = row["figure"], Decimal(row["value"])
        firsts.setdefault(name, row)
        most[name] = max(value, most.get(name, value))
    letters = [*LETTERS, *[""] * len(firsts)]
    return tuple(
        _measure(row, most[name], letter)
        for (name, row), letter in zip(firsts.items(), letters, strict=False)
    )


def _measure(row: Row, most: Decimal, letter: str) -> Measure:
    bands = of_percentages() if row["unit"] == PERCENT else of_rates([most])
    return Measure(row["figure"], row["label"], row["unit"], letter, bands)


def is_rate(row: Row) -> bool:
    """Whether a figure is a rate of an authority itself."""
    return row["unit"] != COUNT and AVERAGE not in row["figure"]


Told = Mapping[str, Mapping[str, Row]]
"""The figures of one mailout, by the authority's code and the figure's name."""


Figures = Mapping[tuple[str, str], Sequence[Row]]
"""The figures of each authority, by the mailout and its code."""


class Telling(Mapping[str, Mapping[str, Row]]):
    """The figures of one mailout, each authority's read when they are asked for."""

    def __init__(self, figures: Figures, mailout: str, codes: Collection[str]) -> None:
        self._figures = figures
        self._mailout = mailout
        self._codes = codes
        # A page asks for those of one authority many times, one after the other.
        self._last: tuple[str, Mapping[str, Row]] = ("", {})

    def __getitem__(self, code: str) -> Mapping[str, Row]:
        if code != self._last[0]:
            rows = self._figures[self._mailout, code]
            self._last = code, {row["figure"]: row for row in rows}
        return self._last[1]

    def __iter__(self) -> Iterator[str]:
        return (code for code in self._codes if (self._mailout, code) in self._figures)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def rows(self) -> Iterator[Row]:
        """Yield all of them."""
        return (row for code in self for row in self[code].values())
