"""The numbers by which a person sees at once whether the letters of a mailout can be right."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field

from dispatch.domain.letter import Content, Draft
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


@dataclass(slots=True)
class _Sums:
    """The sums of one comparison group."""

    letters: int = 0
    count: int = 0
    base: int = 0
    count_before: int = 0
    base_before: int = 0


@dataclass
class Counting:
    """Counts the letters of a plan, some at a time: those about an authority all at once."""

    plan: Plan
    _groups: dict[str | None, _Sums] = field(default_factory=lambda: defaultdict(_Sums))
    _counts: Counter[str] = field(default_factory=Counter)
    _not_adding_up: list[str] = field(default_factory=list)

    def add(
        self,
        drafts: Sequence[Draft],
        figures: Mapping[str, Figures],
        before: Mapping[str, Figures],
    ) -> None:
        """Count some letters; `figures` and `before` are those of their authorities at least."""
        for draft in drafts:
            self._count(draft)
        # An authority whose letter goes to several bodies counts once.
        for code, content in {each.content.authority.code: each.content for each in drafts}.items():
            self._sum(content, before.get(code))
            if code in figures and any(problems(figures[code], self.plan.figure_set)):
                self._not_adding_up.append(code)

    def _count(self, draft: Draft) -> None:
        content = draft.content
        self._groups[content.group].letters += 1
        self._counts.update(
            letters=1,
            recipients=len(draft.recipients),
            without_cases=not any(box.base for box in content.boxes),
            own_paragraphs=bool(content.bespoke),
            attached=bool(draft.attachments),
            made_up=content.is_synthetic,
        )

    def _sum(self, content: Content, before: Figures | None) -> None:
        sums, measure = self._groups[content.group], self._measure
        for box in content.boxes[:1]:
            sums.count += box.count
            sums.base += box.base
        if before and measure:
            sums.count_before += before.counts.get(measure.count, 0)
            sums.base_before += before.counts.get(measure.base, 0)

    @property
    def _measure(self) -> Measure | None:
        return self.plan.measures[0] if self.plan.measures else None

    @property
    def numbers(self) -> Numbers:
        """All that were counted."""
        counts = self._counts
        return Numbers(
            measure=self._measure.title if self._measure else "",
            groups=tuple(
                GroupNumbers(name=name, **asdict(self._groups[name]))
                for name in (*self.plan.groups, None)
                if name in self._groups
            ),
            letters=counts["letters"],
            recipients=counts["recipients"],
            without_cases=counts["without_cases"],
            own_paragraphs=counts["own_paragraphs"],
            attached=counts["attached"],
            made_up=counts["made_up"],
            not_adding_up=tuple(sorted(self._not_adding_up)),
        )
