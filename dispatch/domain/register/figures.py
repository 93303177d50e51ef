"""An authority's numbers for a year, and what a letter derives from them.

Percentages are derived, never stored. They are whole numbers rounded half up, like the published
ones: 2 of 16 is 13 %, where Python's own `round` says 12.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final

from dispatch.domain.digest import ADDED_LATER

TOTALS: Final = (
    "received",
    "decided",
    "dealt_with",
    "not_for_us",
    "assessed_closed",
    "investigated",
    "upheld",
    "compliance_outcomes",
    "complied",
    "complied_late",
    "remedied",
    "population",
)
"""Counts that any scheme may have. Tables come as `received_…` and `decided_…` columns."""

PERCENTAGES: Final = ("upheld_pct", "compliance_pct", "remedied_pct")
"""Percentages as published: checked on import, stored, and never used in a letter."""

TABLES: Final = ("received", "decided")
"""Totals that a table of `{total}_{row}` columns may break down."""

NOT_ABOVE: Final = (
    ("upheld", "investigated"),
    ("complied", "compliance_outcomes"),
    ("complied_late", "complied"),
    ("remedied", "upheld"),
)
"""Pairs in which the first is part of the second. Compliance outcomes count in the year in which
they are recorded, even for a case upheld earlier, so 45 of them beside 43 upheld is right."""

OF: Final = {
    "upheld_pct": ("upheld", "investigated"),
    "compliance_pct": ("complied", "compliance_outcomes"),
    "remedied_pct": ("remedied", "upheld"),
}
"""The counts that each published percentage is worked out from: a part, and the whole."""

DEALT_WITH: Final = ("not_for_us", "assessed_closed", "investigated")
"""The counts that add up to `dealt_with`, from 2024-25."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """One authority's numbers for one year, as imported; a count that is absent is unknown."""

    authority: str
    year: str
    counts: Mapping[str, int]
    percentages: Mapping[str, int] = field(default_factory=dict)
    synthetic: tuple[str, ...] = ()
    """The names of counts that were made up for a demonstration."""
    source: str | None = None

    def with_only(self, names: Collection[str]) -> Figures:
        """Return the same without other counts than these: of thousands, a tenth of the memory."""
        counts = {name: self.counts[name] for name in names if name in self.counts}
        return Figures(authority=self.authority, year=self.year, counts=counts)

    def table(self, total: str) -> dict[str, int]:
        """Return the rows that break down a total, by name, in the order of the file."""
        prefix = f"{total}_"
        return {
            name.removeprefix(prefix): count
            for name, count in self.counts.items()
            if name.startswith(prefix)
        }


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that does not add up: the column, its value, and the rule that it breaks."""

    column: str
    value: int
    rule: str


FULL: Final = 100
RESIDENTS: Final = 100_000
POPULATION: Final = "population"


def half_up(value: Fraction) -> int:
    """Return the nearest whole number, a half rounded up. `value` is not negative."""
    return (2 * value.numerator + value.denominator) // (2 * value.denominator)


def percent(count: int, base: int) -> int:
    """Return `count` as a whole percentage of `base`, which is not zero."""
    return half_up(Fraction(FULL * count, base))


def per_100k(count: int, population: int) -> str:
    """Return `count` for each 100,000 residents: one decimal, and "4" rather than "4.0"."""
    return one_decimal(Fraction(RESIDENTS * count, population))


def one_decimal(value: Fraction) -> str:
    """Return a number to one decimal, half up, with ".0" dropped. `value` is not negative."""
    whole, tenth = divmod(half_up(10 * value), 10)
    return f"{whole}.{tenth}" if tenth else f"{whole}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Average:
    """The average of similar authorities; None where there is nothing to compare."""

    percent: int | None = None
    rate: str | None = None
    """For each 100,000 residents."""


NO_AVERAGE: Final = Average()


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A rate that a mailout's letters show: `count` of `base`, each the name of a count."""

    key: str
    title: str
    count: str
    base: str
    is_by_residents: bool = False
    """Whether the letter also shows `count` for each 100,000 residents."""

    @property
    def counts(self) -> tuple[str, ...]:
        """The names of the counts that its average is made from."""
        return self.count, self.base, POPULATION

    def missing(self, figures: Figures) -> tuple[str, ...]:
        """Return the counts that this measure needs and `figures` lacks."""
        needed = [] if figures.counts.get(self.base) == 0 else [self.base, self.count]
        if self.is_by_residents:
            needed.append(POPULATION)
        return tuple(name for name in needed if not self._is_known(name, figures))

    def counts_in_average(self, figures: Figures) -> bool:
        """Whether an authority has something to measure, so that an average takes it in."""
        return bool(_pairs([figures], self.count, self.base))

    @staticmethod
    def _is_known(name: str, figures: Figures) -> bool:
        # Every authority has residents: a population of 0 is a gap in the file.
        return bool(figures.counts.get(name)) or (name in figures.counts and name != POPULATION)

    def earlier(self, figures: Figures | None, average: Average) -> Earlier | None:
        """Return the measure of the period before; None if its counts are not known."""
        if figures is None or self.missing(figures):
            return None
        base = figures.counts[self.base]
        count = figures.counts[self.count] if base else 0
        return Earlier(count=count, base=base, average=average.percent)

    def box(
        self,
        figures: Figures,
        average: Average = NO_AVERAGE,
        before: Earlier | None = None,
    ) -> Box:
        """Return what the letter shows. The caller has checked that nothing is `missing`."""
        base = figures.counts[self.base]
        count = figures.counts[self.count] if base else 0
        rate = per_100k(count, figures.counts[POPULATION]) if self.is_by_residents else None
        return Box(
            key=self.key,
            title=self.title,
            count=count,
            base=base,
            average=average.percent,
            rate=rate,
            rate_average=average.rate if self.is_by_residents else None,
            before=before,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """The same measure in the period before."""

    count: int
    base: int
    average: int | None

    @property
    def percent(self) -> int | None:
        """The whole percentage, or None where there was nothing to measure."""
        return percent(self.count, self.base) if self.base else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """One measure of one authority as its letter shows it."""

    key: str
    title: str
    count: int
    base: int
    average: int | None
    """The whole percentage of similar authorities; None where there is no group to compare."""
    rate: str | None = None
    """The count for each 100,000 residents; None where the mailout does not show it."""
    rate_average: str | None = None
    before: Earlier | None = field(default=None, metadata=ADDED_LATER)
    """The period before; None where the mailout does not compare, or it is not known."""

    @property
    def percent(self) -> int | None:
        """The whole percentage, or None where there was nothing to measure."""
        return percent(self.count, self.base) if self.base else None


def pooled(measure: Measure, group: Iterable[Figures]) -> Average:
    """Return the average as the sum of counts over the sum of bases."""
    known = list(group)
    return Average(
        percent=_whole(_pool(_pairs(known, measure.count, measure.base))),
        rate=_rate(_pool(_pairs(known, measure.count, POPULATION))),
    )


def mean(measure: Measure, group: Iterable[Figures]) -> Average:
    """Return the average as the mean of the authorities' exact rates, each counted once."""
    known = list(group)
    return Average(
        percent=_whole(_mean(_pairs(known, measure.count, measure.base))),
        rate=_rate(_mean(_pairs(known, measure.count, POPULATION))),
    )


Pairs = list[tuple[int, int]]


def _pairs(group: Iterable[Figures], count: str, base: str) -> Pairs:
    """Return count and base of every authority that has both and something to measure."""
    found = (figures.counts for figures in group)
    return [(each[count], each[base]) for each in found if each.get(base) and count in each]


def _pool(pairs: Pairs) -> Fraction | None:
    base = sum(base for _, base in pairs)
    return Fraction(sum(count for count, _ in pairs), base) if base else None


def _mean(pairs: Pairs) -> Fraction | None:
    total = sum((Fraction(count, base) for count, base in pairs), Fraction())
    return total / len(pairs) if pairs else None


def _whole(share: Fraction | None) -> int | None:
    return None if share is None else half_up(FULL * share)


def _rate(share: Fraction | None) -> str | None:
    return None if share is None else one_decimal(RESIDENTS * share)
