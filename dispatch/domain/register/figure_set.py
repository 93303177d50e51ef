"""What a scheme counts: the names of its figures, what they add up to, and what they are called.

A mailout's plan says it. One that does not has the counts of the annual review letters (`ANNUAL`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Final

from dispatch.domain.register import figures as standard
from dispatch.domain.register.figures import FULL, POPULATION, Figures, Problem
from dispatch.domain.register.period import YEAR


@dataclass(frozen=True, slots=True, kw_only=True)
class Breakdown:
    """A total, and the set that it is broken down into, each in a column `{key}_{row}`."""

    key: str
    title: str = ""
    rows: Mapping[str, str] = field(default_factory=dict)
    """What each row is called, by its name, in the order of the letter. Without any, a file may
    have any rows."""

    @property
    def prefix(self) -> str:
        return f"{self.key}_"

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of its rows, where these are known."""
        return tuple(f"{self.prefix}{row}" for row in self.rows)

    def has(self, name: str) -> bool:
        """Whether a count is one of its rows."""
        return name in self.columns if self.rows else name.startswith(self.prefix)


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureSet:
    """The counts of one scheme, or of several."""

    counts: Mapping[str, str]
    """What each count is called, by its name."""
    tables: tuple[Breakdown, ...] = ()
    sums: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Counts that others add up to: checked, and worked out where a file does not have them."""
    shown: tuple[str, ...] = ()
    """Counts that a letter may print as they are."""
    not_above: tuple[tuple[str, str], ...] = ()
    """Pairs of counts in which the first is part of the second."""
    percentages: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Columns of percentages as published, each with the count and the base that it comes from."""
    periods: frozenset[str] = frozenset({YEAR})
    """What the figures are for: years, quarters (see `period.kind`)."""

    @property
    def names(self) -> tuple[str, ...]:
        """Every count that has a name of its own, and each row that is known."""
        rows = (column for table in self.tables for column in table.columns)
        totals = (table.key for table in self.tables)
        return tuple(dict.fromkeys([*self.counts, *totals, *rows, *self.sums, POPULATION]))

    @property
    def families(self) -> tuple[str, ...]:
        """The beginnings of names that may go on in any way."""
        return tuple(table.prefix for table in self.tables if not table.rows)

    def has(self, name: str) -> bool:
        """Whether there is such a count."""
        return name in self.names or name.startswith(self.families)

    def label(self, name: str) -> str:
        """Return what a count is called; empty if nobody said."""
        if said := self.counts.get(name):
            return said
        for table in self.tables:
            if name == table.key:
                return table.title
            if name.startswith(table.prefix):
                row = table.rows.get(name.removeprefix(table.prefix))
                return f"{table.title}: {row}" if row else ""
        return ""

    def completed(self, figures: Figures) -> Figures:
        """Return figures with the sums and totals that a file does not have, where all is known."""
        found = dict(figures.counts)
        made_up = set(figures.synthetic)
        totals = {table.key: table.columns for table in self.tables if table.rows}
        for name, parts in chain(totals.items(), self.sums.items()):
            if name not in found and all(part in found for part in parts):
                found[name] = sum(found[part] for part in parts)
                made_up |= {name} if made_up.intersection(parts) else set()
        if len(found) == len(figures.counts):
            return figures
        return replace(figures, counts=found, synthetic=tuple(sorted(made_up)))


ANNUAL: Final = FigureSet(
    counts=dict.fromkeys(standard.TOTALS, ""),
    tables=tuple(Breakdown(key=key) for key in standard.TABLES),
    sums={"dealt_with": standard.DEALT_WITH},
    not_above=standard.NOT_ABOVE,
    percentages=standard.OF,
)
"""What the annual review letters count."""


def together(sets: Iterable[FigureSet]) -> FigureSet:
    """Return what any of several schemes counts; what the annual review counts if there is none.

    A name means the same in all of them, so that a rule of one holds for the figures of another.
    """
    found: list[FigureSet] = []
    for each in sets:
        if each not in found:
            found.append(each)
    if not found:
        return ANNUAL
    if len(found) == 1:
        return found[0]
    tables: dict[str, Breakdown] = {}
    for table in (table for each in found for table in each.tables):
        before = tables.get(table.key, table)
        is_open = not (before.rows and table.rows)
        rows = {} if is_open else {**before.rows, **table.rows}
        tables[table.key] = replace(before, rows=rows)
    return FigureSet(
        counts={name: label for each in found for name, label in each.counts.items()},
        tables=tuple(tables.values()),
        sums={name: parts for each in found for name, parts in each.sums.items()},
        not_above=tuple(dict.fromkeys(pair for each in found for pair in each.not_above)),
        percentages={name: of for each in found for name, of in each.percentages.items()},
        periods=frozenset().union(*(each.periods for each in found)),
    )


def problems(
    figures: Figures, within: FigureSet = ANNUAL, *, whole_tables: Iterable[str] | None = None
) -> Iterator[Problem]:
    """Yield everything in figures that cannot be right.

    A table that is not in `whole_tables` lacks some rows: they may add up to less than the total,
    but not to more. Without it each table is whole.
    """
    counts = figures.counts
    whole = {table.key for table in within.tables} if whole_tables is None else {*whole_tables}
    for part, of in within.not_above:
        if part in counts and of in counts and counts[part] > counts[of]:
            yield Problem(part, counts[part], f"not above {of}, which is {counts[of]}")
    for table in within.tables:
        yield from _table_problems(figures, table.key, is_whole=table.key in whole)
    yield from _sum_problems(counts, within)
    for name, percentage in figures.percentages.items():
        if percentage > FULL:
            yield Problem(name, percentage, "not above 100")


def _sum_problems(counts: Mapping[str, int], within: FigureSet) -> Iterator[Problem]:
    for name, parts in within.sums.items():
        if all(each in counts for each in (name, *parts)):
            total = sum(counts[each] for each in parts)
            if counts[name] != total:
                rule = f"equal to {' + '.join(parts)}, which is {total}"
                yield Problem(name, counts[name], rule)


def _table_problems(figures: Figures, total: str, *, is_whole: bool) -> Iterator[Problem]:
    rows = figures.table(total)
    if not rows or total not in figures.counts:
        return
    stated, summed = figures.counts[total], sum(rows.values())
    if is_whole and stated != summed:
        yield Problem(total, stated, f"equal to the sum of {total}_…, which is {summed}")
    elif summed > stated:
        yield Problem(total, stated, f"not below the sum of {total}_…, which is {summed}")
