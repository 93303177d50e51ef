"""Read the file of figures: each authority's counts for a year, checked against each other."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from dispatch.domain.register.comparison import completed_figures
from dispatch.domain.register.figures import PERCENTAGES, TABLES, Figures, percent, problems
from dispatch.files import authorities
from dispatch.files.tables import fields, kinds, swapped
from dispatch.files.tables.faults import Wrong
from dispatch.files.tables.sheet import Row, Sheet, Table, repeated
from dispatch.files.tables.swapped import Sort, readable

COLUMNS: Final = kinds.FIGURES

OF: Final = {
    "upheld_pct": ("upheld", "investigated"),
    "compliance_pct": ("complied", "compliance_outcomes"),
    "remedied_pct": ("remedied", "upheld"),
}
"""The counts that each published percentage is worked out from: a part, and the whole."""

LONGEST_SOURCE: Final = 2000

NOT_COUNTS: Final = frozenset({*COLUMNS.required, *PERCENTAGES, "synthetic", "source", "note"})


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
) -> Table[Figures]:
    """Return the figures in a file, or raise `BadInput` with everything that is wrong in it.

    `known` are the registered authorities. A blank cell is a count that is not known; what the file
    has no column for stays as it is in the figures that are `registered`.
    """
    sheet = Sheet.read(name, content, COLUMNS, ignores_unknown=ignores_unknown)
    code = authorities.named(known)
    swapped.check(
        name,
        sheet,
        {
            "year": Sort("years", readable(fields.year)),
            "authority": Sort("authorities", readable(code)),
        },
    )
    found = sheet.values(lambda row: _figures(row, code, sheet.columns, registered))
    for row, figures in found:
        _check(row, figures, registered.get((figures.authority, figures.year)), sheet.columns)
    for row, figures, earlier in repeated(found, lambda each: (each.authority, each.year)):
        rule = f"{figures.authority} has figures for that year in row {earlier} already; keep one"
        row.fault("year", rule)
    return sheet.table(found)


def _figures(
    row: Row,
    code: Callable[[str], str],
    columns: Sequence[str],
    registered: Mapping[OfYear, Figures],
) -> Figures | None:
    authority = row.required("authority", code)
    year = row.required("year", fields.year)
    counts = [column for column in columns if column not in NOT_COUNTS]
    said = Figures(
        authority=authority or "",
        year=year or "",
        counts=_numbers(row, counts, fields.whole_number),
        percentages=_numbers(row, PERCENTAGES, fields.percentage),
        source=row.optional("source", fields.text(LONGEST_SOURCE)),
    )
    before = registered.get((said.authority, said.year))
    found = said if before is None else completed_figures(said, before, columns)
    made_up = row.optional("synthetic", lambda value: _synthetic(value, found.counts))
    if authority is None or year is None:
        return None
    return found if made_up is None else replace(found, synthetic=made_up)


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


def _check(row: Row, figures: Figures, before: Figures | None, columns: Sequence[str]) -> None:
    """Note what does not add up, in what the file says and what it leaves as it is."""
    for problem in problems(figures, whole_tables=_whole_tables(figures, before, columns)):
        _fault(row, problem.column, problem.value, f"should be {problem.rule}")
    for name, published in figures.percentages.items():
        part, whole = OF[name]
        if part not in figures.counts or whole not in figures.counts:
            continue
        count, base = figures.counts[part], figures.counts[whole]
        counted = percent(count, base) if base else 0
        if published != counted:
            rule = f"should be {counted}: {part} is {count}, and {whole} is {base}"
            _fault(row, name, published, rule)


def _fault(row: Row, column: str, value: int, rule: str) -> None:
    """Note a fault, which may be in a value that is known and that the file has no column for."""
    is_said = column in row.cells
    row.fault(column, rule if is_said else f"is {value} already, and {rule}; add its column")


def _whole_tables(figures: Figures, before: Figures | None, columns: Sequence[str]) -> list[str]:
    """Return the tables whose rows are all known."""
    return [total for total in TABLES if _is_whole(total, figures, before, columns)]


def _is_whole(total: str, figures: Figures, before: Figures | None, columns: Sequence[str]) -> bool:
    said = [column for column in columns if column.startswith(f"{total}_")]
    known = {} if before is None else before.table(total)
    was_whole = not known or (before and before.counts.get(total) == sum(known.values()))
    names_all = {f"{total}_{name}" for name in known} <= {*said}
    return bool(was_whole or names_all) and all(name in figures.counts for name in said)
