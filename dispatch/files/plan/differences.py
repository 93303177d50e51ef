"""Say by which keys two plans differ, in words, as a person reads a change of a plan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, Final

from dispatch.domain import calendar
from dispatch.domain.mailout import Plan
from dispatch.files.plan import written


@dataclass(frozen=True, slots=True)
class KeyChange:
    """A key of a plan whose value changes, in words."""

    key: str
    before: str
    after: str


def differences(before: Plan, after: Plan) -> Iterator[KeyChange]:
    """Yield each key that has another value, each authority's paragraphs and spreadsheets."""
    old, new = dict(_flat(before)), dict(_flat(after))
    for key in dict.fromkeys([*old, *new]):
        if old.get(key) != new.get(key):
            yield KeyChange(key, old.get(key, NONE), new.get(key, NONE))


NONE: Final = "none"
"""Stands for a key that is not there."""


def _flat(plan: Plan) -> Iterator[tuple[str, str]]:
    """Yield each key of a plan with its value in words."""
    table = written.table_of(plan)
    yield from _flat_table("", {key: table[key] for key in table if key not in BESIDE})
    for code, text in written.bespoke_of(plan).items():
        yield f"paragraphs.{code}", text
    for code, attachments in plan.attachments.items():
        named = (f"{each.name} ({each.sha256[:12]})" for each in attachments)
        yield f"attachments.{code}", ", ".join(named)
    for group, by_key in plan.given_averages.items():
        for key, average in by_key.items():
            rate = f", {average.rate} for each 100,000" if average.rate else ""
            yield f"averages.{group}.{key}", f"{average.percent}%{rate}"


BESIDE: Final = frozenset({"bespoke", "attachments"})
"""Keys that only name a folder."""


def _flat_table(prefix: str, table: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        match value:
            case Mapping():
                yield from _flat_table(f"{prefix}{key}.", value)
            case [Mapping(), *_]:
                by_number = {f"{key}[{n}]": each for n, each in enumerate(value, 1)}
                yield from _flat_table(prefix, by_number)
            case _:
                yield f"{prefix}{key}", _in_words(value)


def _in_words(value: object) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case datetime():
            return f"{calendar.day_in_words(value.date())} {value:%H:%M}"
        case date():
            return calendar.day_in_words(value)
        case time():
            return f"{value:%H:%M}"
        case list():
            return ", ".join(map(_in_words, value)) or NONE
        case _:
            return str(value)
