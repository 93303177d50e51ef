"""The published averages of comparison groups, for a plan whose method is `given`."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from dispatch.domain.register import period
from dispatch.domain.register.figures import FULL, Average, Measure
from dispatch.domain.register.spelling import by_folded, folded, near
from dispatch.files.tables import fields, kinds
from dispatch.files.tables.faults import Wrong
from dispatch.files.tables.sheet import Row, Sheet

COLUMNS: Final = kinds.AVERAGES

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

    Groups and measures are found however they are spelt, and a measure also by its title. Skips
    rows about other years, groups and measures, so one file may serve many years.
    """
    sheet = Sheet.read(name, content, COLUMNS)
    by_key = {measure.key: measure for measure in measures}
    group_names = by_folded(groups)
    keys = {folded(each.title): each.key for each in measures} | {
        folded(key): key for key in by_key
    }
    averages: Averages = {group: {} for group in groups}
    rows = [row for row in sheet.rows if _is_of(year, row)]
    for row in rows:
        group = group_names.get(folded(row.cells.get("group", "")))
        key = keys.get(folded(row.cells.get("measure", "")))
        if group and key:
            if key in averages[group]:
                row.fault("measure", f"{group} has an average for it in a row above; keep one")
            averages[group][key] = _average(row, by_key[key])
    for group in groups:
        for key in (each for each in by_key if each not in averages[group]):
            meant = _misspelt(rows, group, key)
            sheet.faults.add(f"there is no average of {key} for {group} in {year}{meant}")
    sheet.faults.settle()
    return averages


def _misspelt(rows: Sequence[Row], group: str, key: str) -> str:
    """Return "; did you mean the rows of X?" if a row is nearly about a group or measure."""
    for column, sought in (("group", group), ("measure", key)):
        values = {row.cells.get(column, "") for row in rows} - {""}
        others = [
            each for each in values if near(each, [sought]) and folded(each) != folded(sought)
        ]
        if others:
            return f"; did you mean it by {column} {min(others)}?"
    return ""


def _average(row: Row, measure: Measure) -> Average:
    percent = row.required("percent", fields.percentage)
    if percent is not None and percent > FULL:
        row.fault("percent", "must not be above 100")
    rate = row.required("per_100k", fields.rate) if measure.is_by_residents else None
    return Average(percent=percent, rate=rate)


def _is_of(year: str, row: Row) -> bool:
    """Whether a row is about a year, or about any."""
    value = row.cells.get("year", "")
    try:
        return not value or fields.period({period.kind(year)})(value) == year
    except Wrong:
        return False
