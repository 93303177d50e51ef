"""A finding of `dispatch mailout check`: something that a person should know before it is too late.

Findings are data: the command line and the pages put together those that say the same about
several authorities, and a program gets each by itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from dispatch.domain.remedy import Remedy


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something that is missing or odd, about one authority's letter or about the whole plan."""

    authority: str | None = None
    """The code of the authority; None if it is about the plan."""
    place: str
    """What it is about: a key of the plan, such as `dates.upload`, or `figures`, `contacts`."""
    value: str | None = None
    """What stands there, where that differs from one authority to the next."""
    is_fatal: bool = False
    """Whether it stops a letter from being made; if not, somebody should still look."""
    message: str
    """What is the matter, without the value: equal for all authorities of which it is true."""
    remedy: Remedy | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """The findings that say the same, each about another authority or value."""

    findings: tuple[Finding, ...]

    @property
    def first(self) -> Finding:
        """The finding that stands for all."""
        return self.findings[0]


def grouped(findings: Iterable[Finding]) -> list[Group]:
    """Put together the findings that say the same; those that stop letters come first."""
    groups: dict[tuple[str, str, bool], list[Finding]] = {}
    for each in findings:
        groups.setdefault((each.place, each.message, each.is_fatal), []).append(each)
    ordered = sorted(groups.values(), key=lambda group: not group[0].is_fatal)
    return [Group(tuple(group)) for group in ordered]
