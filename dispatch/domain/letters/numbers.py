"""The numbers by which a person sees at once whether the letters of a mailout can be right."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from dispatch.domain.letter import Draft
from dispatch.domain.letters.branches import Branch
from dispatch.domain.mailout import Plan
from dispatch.domain.register.figure_set import problems
from dispatch.domain.register.figures import Figures, Measure


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupNumbers:
    """The letters of one comparison group, with the first measure now and the year before."""

    name: str | None
    letters: int
    count: int
    base: int
    count_before: int
    base_before: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """The letters of a mailout in numbers."""

    measure: str
    """The title of the first measure."""
    groups: tuple[GroupNumbers, ...]
    letters: int
    recipients: int
    without_cases: int
    """Letters with nothing to measure at all."""
    own_paragraphs: int
    attached: int
    """Letters with attachments."""
    made_up: int
    """Letters with figures that were made up for a demonstration."""
    not_adding_up: tuple[str, ...]
    """The codes of authorities whose figures do not add up."""
    unseen: tuple[Branch, ...] | None = None
    """The branches of the template that no letter took; None if that is not known."""


def numbers(
    drafts: Sequence[Draft],
    plan: Plan,
    figures: Mapping[str, Figures],
    before: Mapping[str, Figures],
) -> Numbers:
    """Return the letters of a plan in numbers; `before` has the figures of the year before."""
    by_group: dict[str | None, list[Draft]] = defaultdict(list)
    for draft in drafts:
        by_group[draft.content.group].append(draft)
    measure = plan.measures[0] if plan.measures else None
    ordered = [each for each in (*plan.groups, None) if each in by_group]
    about = {draft.content.authority.code for draft in drafts}
    return Numbers(
        measure=measure.title if measure else "",
        groups=tuple(_group(each, by_group[each], measure, before) for each in ordered),
        letters=len(drafts),
        recipients=sum(len(draft.recipients) for draft in drafts),
        without_cases=_count(not any(box.base for box in each.content.boxes) for each in drafts),
        own_paragraphs=_count(bool(each.content.bespoke) for each in drafts),
        attached=_count(bool(each.attachments) for each in drafts),
        made_up=_count(each.content.is_synthetic for each in drafts),
        not_adding_up=tuple(
            sorted(
                code
                for code in about
                if code in figures and any(problems(figures[code], plan.figure_set))
            )
        ),
    )


def _count(claims: Iterable[bool]) -> int:
    return sum(claims)


def _group(
    name: str | None,
    drafts: Sequence[Draft],
    measure: Measure | None,
    before: Mapping[str, Figures],
) -> GroupNumbers:
    # An authority whose letter goes to several bodies counts once.
    once = {draft.content.authority.code: draft.content for draft in drafts}
    boxes = [box for each in once.values() for box in each.boxes[:1]]
    known = [before[code].counts for code in once if code in before]
    return GroupNumbers(
        name=name,
        letters=len(drafts),
        count=sum(box.count for box in boxes),
        base=sum(box.base for box in boxes),
        count_before=sum(each.get(measure.count, 0) for each in known) if measure else 0,
        base_before=sum(each.get(measure.base, 0) for each in known) if measure else 0,
    )
