"""The published averages of comparison groups, for a plan whose method is `given`."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from dispatch.domain.register.figures import FULL, Average, Measure
from dispatch.files.tables import fields
from dispatch.files.tables.sheet import Columns, Row, Sheet

COLUMNS: Final = Columns(
    required=("group", "measure", "percent"), optional=("year", "per_100k", "source")
)

Averages = dict[str, dict[str, Average]]
"""By group, then by measure key."""


def read(
    name: str,
    content: bytes,
    *,
    year: str,
    groups: Collection[str],
    measures: Collection[Measure],
) -> Averages:
    """Return the average of every group and measure. Raises `BadInput` if any is missing.

    Skips rows about other years, groups and measures, so one file may serve many years.
    """
    sheet = Sheet.read(name, content, COLUMNS)
    by_key = {measure.key: measure for measure in measures}
    averages: Averages = {group: {} for group in groups}
    for row in sheet.rows:
        if _is_wanted(row, year, groups, by_key):
            group, key = row.cells["group"], row.cells["measure"]
            if key in averages[group]:
                row.fault("measure", f"{group} has an average for it in a row above; keep one")
            averages[group][key] = _average(row, by_key[key])
    for group in groups:
        for key in by_key:
            if key not in averages[group]:
                sheet.faults.add(f"there is no average of {key} for {group} in {year}")
    sheet.faults.settle()
    return averages


def _average(row: Row, measure: Measure) -> Average:
    percent = row.required("percent", fields.percentage)
    if percent is not None and percent > FULL:
        row.fault("percent", "must not be above 100")
    rate = row.required("per_100k", fields.rate) if measure.is_by_residents else None
    return Average(percent=percent, rate=rate)


def _is_wanted(row: Row, year: str, groups: Collection[str], measures: Collection[str]) -> bool:
    cells = row.cells
    return (
        cells.get("year", "") in {"", year}
        and cells.get("group") in groups
        and cells.get("measure") in measures
    )
