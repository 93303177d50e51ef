"""An authority's numbers for a year: what must add up, and what a letter derives from them.

Percentages are derived, never stored. They are whole numbers rounded half up, like the published
ones: 2 of 16 is 13 %, where Python's own `round` says 12.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final

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


def problems(figures: Figures, *, whole_tables: Iterable[str] = TABLES) -> Iterator[Problem]:
    """Yield everything in `figures` that cannot be right.

    A table that is not in `whole_tables` lacks some rows: they may add up to less than the total,
    but not to more.
    """
    counts = figures.counts
    for part, whole in NOT_ABOVE:
        if part in counts and whole in counts and counts[part] > counts[whole]:
            yield Problem(part, counts[part], f"not above {whole}, which is {counts[whole]}")
    for total in TABLES:
        yield from _table_problems(figures, total, is_whole=total in whole_tables)
    if all(name in counts for name in ("dealt_with", *DEALT_WITH)):
        total_dealt = sum(counts[name] for name in DEALT_WITH)
        if counts["dealt_with"] != total_dealt:
            rule = f"equal to {' + '.join(DEALT_WITH)}, which is {total_dealt}"
            yield Problem("dealt_with", counts["dealt_with"], rule)
    for name, percentage in figures.percentages.items():
        if percentage > FULL:
            yield Problem(name, percentage, "not above 100")


def _table_problems(figures: Figures, total: str, *, is_whole: bool) -> Iterator[Problem]:
    rows = figures.table(total)
    if not rows or total not in figures.counts:
        return
    stated, summed = figures.counts[total], sum(rows.values())
    if is_whole and stated != summed:
        yield Problem(total, stated, f"equal to the sum of {total}_…, which is {summed}")
    elif summed > stated:
        yield Problem(total, stated, f"not below the sum of {total}_…, which is {summed}")


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

    def box(self, figures: Figures, average: Average = NO_AVERAGE) -> Box:
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
        )


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
