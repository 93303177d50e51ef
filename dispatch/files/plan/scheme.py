"""What is particular to the scheme of a plan: the roles that it writes to, and what it counts."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from dispatch.domain.register import period
from dispatch.domain.register.authority import ROLES
from dispatch.domain.register.figure_set import ANNUAL, Breakdown, FigureSet
from dispatch.files.plan.keys import PlanKeys
from dispatch.files.tables import fields
from dispatch.files.tables.faults import Wrong, meant

Wrongs = Iterator[tuple[str, str, str]]
"""A key's place, its value, and the rule that it breaks."""


def contradictions(keys: PlanKeys) -> Wrongs:
    """Yield each role and each count that there is not, and each sum of sums."""
    yield from _wrong_roles(keys)
    yield from _wrong_counts(keys)


def _wrong_roles(keys: PlanKeys) -> Wrongs:
    known = fields.one_of((*ROLES, *keys.recipients.own_roles), "a role")
    for name, roles in (("to", keys.recipients.to), ("cc", keys.recipients.cc)):
        for number, role in enumerate(roles, 1):
            if rule := _broken(known, role):
                yield f"recipients.{name}[{number}]", role, rule


def _broken(parse: Callable[[str], object], value: str) -> str | None:
    try:
        parse(value)
    except Wrong as rule:
        return str(rule)
    return None


def _wrong_counts(keys: PlanKeys) -> Wrongs:
    """Yield each name of a count that the figures of the plan do not have."""
    known = figure_set(keys) or ANNUAL
    for place, name in _named_counts(keys):
        if not known.has(name):
            rule = f"is not the name of a count in the figures{meant(name, known.names)}"
            yield place, name, rule
    if keys.figures:
        for name in keys.figures.sums.keys() & {each for _, each in _parts_of_sums(keys)}:
            yield f"figures.sums.{name}", name, "is part of another sum: name the counts themselves"


def _named_counts(keys: PlanKeys) -> Iterator[tuple[str, str]]:
    for number, measure in enumerate(keys.measures, 1):
        yield f"measures[{number}].count", measure.count
        yield f"measures[{number}].base", measure.base
    for name in keys.inclusion.minimum:
        yield f"inclusion.minimum.{name}", name
    yield from _parts_of_sums(keys)
    for number, name in enumerate(keys.figures.shown if keys.figures else (), 1):
        yield f"figures.shown[{number}]", name
    for number, pair in enumerate(keys.figures.not_above if keys.figures else (), 1):
        for at, name in enumerate(pair, 1):
            yield f"figures.not_above[{number}][{at}]", name


def _parts_of_sums(keys: PlanKeys) -> Iterator[tuple[str, str]]:
    for total, parts in (keys.figures.sums if keys.figures else {}).items():
        for number, name in enumerate(parts, 1):
            yield f"figures.sums.{total}[{number}]", name


def figure_set(keys: PlanKeys) -> FigureSet | None:
    """Return what a plan says that is counted; None if it has the usual counts."""
    said = keys.figures
    if said is None:
        return None
    return FigureSet(
        counts=said.counts,
        tables=tuple(
            Breakdown(key=each.key, title=each.title, rows=each.rows) for each in said.tables
        ),
        sums={name: tuple(parts) for name, parts in said.sums.items()},
        shown=tuple(said.shown),
        not_above=tuple((part, of) for part, of in said.not_above),
        percentages={f"{each.key}_pct": (each.count, each.base) for each in keys.measures},
        periods=frozenset({period.kind(keys.year)}),
    )
