"""Read the file of figures: each authority's counts for a year, checked against each other."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from dispatch.domain.register.comparison import completed_figures
from dispatch.domain.register.figure_set import ANNUAL, FigureSet, problems
from dispatch.domain.register.figures import Figures, percent
from dispatch.files import authorities
from dispatch.files.tables import fields, kinds, swapped
from dispatch.files.tables.faults import Wrong
from dispatch.files.tables.sheet import Row, Sheet, Table, repeated
from dispatch.files.tables.swapped import Sort, readable

LONGEST_SOURCE: Final = 2000

NOT_COUNTS: Final = frozenset({*kinds.FIGURES.required, "synthetic", "source", "note"})


OfYear = tuple[str, str]
"""An authority's code, and a year."""

NONE: Final[Mapping[OfYear, Figures]] = {}


def read(
    name: str,
    content: bytes,
    *,
    known: authorities.Known,
    registered: Mapping[OfYear, Figures] = NONE,
    ignores_unknown: bool = False,
    within: FigureSet = ANNUAL,
) -> Table[Figures]:
    """Return the figures in a file, or raise `BadInput` with everything that is wrong in it.

    `known` are the registered authorities, and `within` says which counts there are. A blank cell
    is a count that is not known; what the file has no column for stays as it is in the figures
    that are `registered`.
    """
    columns = kinds.figures(within)
    sheet = Sheet.read(name, content, columns, ignores_unknown=ignores_unknown)
    period = fields.period(within.periods)
    code = authorities.named(known)
    swapped.check(
        name,
        sheet,
        {
            "year": Sort("years", readable(period)),
            "authority": Sort("authorities", readable(code)),
        },
    )
    reading = _Reading(sheet.columns, registered, within, code, period)
    found = sheet.values(reading.figures)
    for row, figures in found:
        reading.check(row, figures)
    for row, figures, earlier in repeated(found, lambda each: (each.authority, each.year)):
        rule = f"{figures.authority} has figures for that year in row {earlier} already; keep one"
        row.fault("year", rule)
    return sheet.table(found)


@dataclass(frozen=True, slots=True)
class _Reading:
    """What the rows of one file are read by."""

    columns: Sequence[str]
    registered: Mapping[OfYear, Figures]
    within: FigureSet
    code: Callable[[str], str]
    period: Callable[[str], str]

    def figures(self, row: Row) -> Figures | None:
        authority = row.required("authority", self.code)
        year = row.required("year", self.period)
        published = self.within.percentages
        counts = [each for each in self.columns if each not in NOT_COUNTS and each not in published]
        said = Figures(
            authority=authority or "",
            year=year or "",
            counts=_numbers(row, counts, fields.whole_number),
            percentages=_numbers(row, [*published], fields.percentage),
            source=row.optional("source", fields.text(LONGEST_SOURCE)),
        )
        before = self._before(said)
        found = said if before is None else completed_figures(said, before, self.columns)
        made_up = row.optional("synthetic", lambda value: _synthetic(value, found.counts))
        if authority is None or year is None:
            return None
        return found if made_up is None else replace(found, synthetic=made_up)

    def _before(self, figures: Figures) -> Figures | None:
        return self.registered.get((figures.authority, figures.year))

    def check(self, row: Row, figures: Figures) -> None:
        """Note what does not add up, in what the file says and what it leaves as it is."""
        whole = [each.key for each in self.within.tables if self._is_whole(each.key, figures)]
        known = self.within.completed(figures)
        for problem in problems(known, self.within, whole_tables=whole):
            rule = f"should be {problem.rule}"
            if problem.column in known.counts.keys() - figures.counts.keys():
                row.fault(problem.column, f"adds up to {problem.value}, and {rule}")
            else:
                _fault(row, problem.column, problem.value, rule)
        for name, published in figures.percentages.items():
            part, whole_count = self.within.percentages.get(name, ("", ""))
            if part not in known.counts or whole_count not in known.counts:
                continue
            count, base = known.counts[part], known.counts[whole_count]
            counted = percent(count, base) if base else 0
            if published != counted:
                rule = f"should be {counted}: {part} is {count}, and {whole_count} is {base}"
                _fault(row, name, published, rule)

    def _is_whole(self, total: str, figures: Figures) -> bool:
        """Whether all rows of a table are known."""
        before = self._before(figures)
        said = [column for column in self.columns if column.startswith(f"{total}_")]
        known = {} if before is None else before.table(total)
        was_whole = not known or (before and before.counts.get(total) == sum(known.values()))
        names_all = {f"{total}_{name}" for name in known} <= {*said}
        return bool(was_whole or names_all) and all(name in figures.counts for name in said)


def _numbers(row: Row, names: Sequence[str], parse: Callable[[str], int]) -> dict[str, int]:
    read = ((name, row.optional(name, parse)) for name in names)
    return {name: number for name, number in read if number is not None}


def _synthetic(value: str, counts: Mapping[str, int]) -> tuple[str, ...]:
    """Read the names of made-up counts, or "all"."""
    if value.casefold() == "all":
        return tuple(counts)
    names = [name.casefold() for name in re.split(r"[\s,;]+", value) if name]
    for name in names:
        if name not in counts:
            raise Wrong(
                f'names {name}, which is not a count in this row; write "all", or the names of '
                f"the made-up counts, such as {' '.join([*counts][:2])}, or leave it blank"
            )
    return tuple(names)


def _fault(row: Row, column: str, value: int, rule: str) -> None:
    """Note a fault, which may be in a value that is known and that the file has no column for."""
    is_said = column in row.cells
    row.fault(column, rule if is_said else f"is {value} already, and {rule}; add its column")
