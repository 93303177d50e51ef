"""Judge from how many authorities an average is taken: from one alone, it is that one's figure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from dispatch.domain.letters.drafting import Register, figures_by_group
from dispatch.domain.letters.finding import Finding
from dispatch.domain.mailout import Averaging, Plan
from dispatch.domain.wording.counts import listed

ENOUGH: Final = 3
"""Authorities below which an average is pointed out: of two, each can work out the other's."""


def findings(plan: Plan, register: Register) -> Iterator[Finding]:
    """Yield the averages that come from too few authorities, one finding for each group."""
    if plan.averaging is Averaging.GIVEN:
        return
    for group, known in figures_by_group(plan, register).items():
        measured = {
            measure.key: tuple(each.authority for each in known if measure.counts_in_average(each))
            for measure in plan.measures
        }
        yield from _few(group, measured)


def _few(group: str, measured: Mapping[str, tuple[str, ...]]) -> Iterator[Finding]:
    """Yield a finding for the measures that the same few authorities give."""
    by_authorities: dict[tuple[str, ...], list[str]] = {}
    for key, codes in measured.items():
        if 0 < len(codes) < ENOUGH:
            by_authorities.setdefault(codes, []).append(key)
    for codes, keys in by_authorities.items():
        some = "" if len(keys) == len(measured) else f" for {listed(keys, len(keys))}"
        said = f"the averages of {group}{some} are taken from {' and '.join(codes)} alone"
        own = "they are its own figures"
        why = own if len(codes) == 1 else "each can work out the other's figures"
        yield Finding(place="averages", message=f"{said}: {why}")
