"""Read the file of figures: each authority's counts for a year, checked against each other."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final

from dispatch.domain.register.figures import PERCENTAGES, TABLES, TOTALS, Figures, percent, problems
from dispatch.files.tables import fields
from dispatch.files.tables.faults import Wrong
from dispatch.files.tables.sheet import Columns, Row, Sheet, repeated

COLUMNS: Final = Columns(
    required=("authority", "year"),
    optional=(*TOTALS, *PERCENTAGES, "synthetic", "source", "note"),
    families=tuple(f"{total}_" for total in TABLES),
    aliases={
        "authority_code": "authority",
        "code": "authority",
        "detailed_investigations": "investigated",
        "satisfactory_remedies": "remedied",
        "satisfactory_remedy_pct": "remedied_pct",
    },
)

OF: Final = {
    "upheld_pct": ("upheld", "investigated"),
    "compliance_pct": ("complied", "compliance_outcomes"),
    "remedied_pct": ("remedied", "upheld"),
}
"""The counts that each published percentage is worked out from: a part, and the whole."""

LONGEST_SOURCE: Final = 2000

NOT_COUNTS: Final = frozenset({*COLUMNS.required, *PERCENTAGES, "synthetic", "source", "note"})


def read(name: str, content: bytes, *, known: Collection[str]) -> tuple[Figures, ...]:
    """Return the figures in a file, or raise `BadInput` with everything that is wrong in it.

    `known` are the codes of the registered authorities. A blank cell is a count that is not known.
    """
    sheet = Sheet.read(name, content, COLUMNS)
    code = fields.one_of(known, "the code of an authority")
    names = [column for column in sheet.columns if column not in NOT_COUNTS]
    found = sheet.values(lambda row: _figures(row, code, names))
    for row, figures in found:
        _check(row, figures, names)
    for row, figures, earlier in repeated(found, lambda each: (each.authority, each.year)):
        rule = f"{figures.authority} has figures for that year in row {earlier} already; keep one"
        row.fault("year", rule)
    sheet.faults.settle()
    return tuple(figures for _, figures in found)


def _figures(row: Row, code: Callable[[str], str], names: Sequence[str]) -> Figures | None:
    authority = row.required("authority", code)
    year = row.required("year", fields.year)
    counts = _numbers(row, names, fields.whole_number)
    percentages = _numbers(row, PERCENTAGES, fields.percentage)
    synthetic = row.optional("synthetic", lambda value: _synthetic(value, counts))
    source = row.optional("source", fields.text(LONGEST_SOURCE))
    if authority is None or year is None:
        return None
    return Figures(
        authority=authority,
        year=year,
        counts=counts,
        percentages=percentages,
        synthetic=synthetic or (),
        source=source,
    )


def _numbers(row: Row, names: Sequence[str], parse: Callable[[str], int]) -> dict[str, int]:
    read = ((name, row.optional(name, parse)) for name in names)
    return {name: number for name, number in read if number is not None}


def _synthetic(value: str, counts: Mapping[str, int]) -> tuple[str, ...]:
    """Read the names of made-up counts, or "all"."""
    if value.casefold() == "all":
        return tuple(counts)
    for name in value.split():
        if name not in counts:
            raise Wrong(f"names {name}, which is not a count in this row")
    return tuple(value.split())


def _check(row: Row, figures: Figures, names: Sequence[str]) -> None:
    for problem in problems(figures, whole_tables=_whole_tables(figures, names)):
        row.fault(problem.column, f"should be {problem.rule}")
    for name, published in figures.percentages.items():
        part, whole = OF[name]
        if part not in figures.counts or whole not in figures.counts:
            continue
        count, base = figures.counts[part], figures.counts[whole]
        counted = percent(count, base) if base else 0
        if published != counted:
            row.fault(name, f"should be {counted}: {part} is {count}, and {whole} is {base}")


def _whole_tables(figures: Figures, names: Sequence[str]) -> list[str]:
    """Return the tables whose columns in the file are all filled in this row."""
    return [
        total
        for total in TABLES
        if all(name in figures.counts for name in names if name.startswith(f"{total}_"))
    ]
