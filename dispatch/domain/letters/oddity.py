"""What is odd about a letter, so that the letters to look at first come first.

An oddity is a kind with values; the words for it are in `views.oddities`. None of them stops a
letter: a person decides.
"""

from __future__ import annotations

from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import partial
from statistics import fmean, pstdev
from typing import Any, Final, Self

from dispatch.domain.address import folded
from dispatch.domain.letter import Draft, RecipientKind
from dispatch.domain.letters.branches import Branch
from dispatch.domain.register.figures import Box, Figures, Measure


class OddityKind(Enum):
    """What is odd. Each kind says which values it has, in their order."""

    FAILED = "failed"
    """It could not be made: why."""
    MADE_UP = "made_up"
    """Some of its figures were made up for a demonstration."""
    RARE_BRANCH = "rare_branch"
    """Hardly any letter has this turn of the template: file, line, side, how many have it, and, if
    they are known, its words, and those that such a letter leaves out."""
    MOVED = "moved"
    """A percentage is far from last year's: measure, then, now."""
    FAR_FROM_GROUP = "far_from_group"
    """A count is far from its group's: measure, count, the group's mean."""
    NO_REMEDIES = "no_remedies"
    """Complaints were upheld and none had been put right before: how many were upheld."""
    NOT_ALL_COMPLIED = "not_all_complied"
    """It did not comply with all recommendations: percentage."""
    OWN_PARAGRAPH = "own_paragraph"
    """It has a paragraph of its own."""
    SUCCESSOR = "successor"
    """It goes to the body that came after the authority that it is about: that one's name."""
    SHARED_MAILBOX = "shared_mailbox"
    """Its mailbox gets another letter: the codes of the others."""
    TINY_BASE = "tiny_base"
    """A percentage rests on one or two cases: measure, how many."""
    NO_GROUP = "no_group"
    """It belongs to no comparison group."""
    NO_NAME = "no_name"
    """Nobody is named whom it is addressed to."""
    INTERIM = "interim"
    """It is addressed to somebody who is there for a time: the job title."""
    FIRST_EVER = "first_ever"
    """The authority had no letter before."""
    NOT_INVESTIGATED = "not_investigated"
    """No complaint was investigated."""
    MANY_PAGES = "many_pages"
    """Its PDF is long: pages."""
    LONGEST_NAME = "longest_name"
    """No other authority's name is as long: characters."""
    LONGEST_LINE = "longest_line"
    """No other letter has such a long line in its address: characters."""


_K = OddityKind

WEIGHTS: Final[Mapping[OddityKind, int]] = {
    _K.FAILED: 1000,
    _K.MADE_UP: 60,
    _K.RARE_BRANCH: 40,
    _K.MOVED: 30,
    _K.FAR_FROM_GROUP: 30,
    _K.SHARED_MAILBOX: 30,
    _K.SUCCESSOR: 30,
    _K.NO_REMEDIES: 25,
    _K.NOT_ALL_COMPLIED: 25,
    _K.OWN_PARAGRAPH: 25,
    _K.NO_NAME: 20,
    _K.INTERIM: 15,
    _K.MANY_PAGES: 15,
    _K.TINY_BASE: 10,
    _K.NO_GROUP: 10,
    _K.FIRST_EVER: 10,
    _K.NOT_INVESTIGATED: 10,
    _K.LONGEST_NAME: 10,
    _K.LONGEST_LINE: 10,
}
"""How much each counts: what is seldom right by itself counts most."""

RENDERED: Final = frozenset({_K.FAILED, _K.MANY_PAGES})
"""What is known once a letter is rendered."""
OF_ALL: Final = frozenset({_K.RARE_BRANCH})
"""What is known once all letters are rendered."""

MOVED_BY: Final = 25
"""Points by which a percentage may differ from last year's."""
DEVIATIONS: Final = 3
"""Standard deviations by which a count may differ from the mean of its group."""
SMALLEST_GROUP: Final = 10
"""Letters of a group that say how far its counts usually are from the mean."""
TINY: Final = 2
"""Cases that are too few for a percentage to say much."""
MOST_PAGES: Final = 3
"""A letter has three pages, unless there is much to say."""
RARE: Final = 5
"""Fewer letters than this make a branch of the template rare."""
FEWEST: Final = 4 * RARE
"""In a mailout with fewer letters than this, no branch is rare and no name the longest: that would
be said of half of them."""


@dataclass(frozen=True, slots=True)
class Oddity:
    """Something odd about a letter."""

    kind: OddityKind
    values: tuple[str | int, ...] = ()

    @property
    def stored(self) -> list[str | int]:
        """How the database has it."""
        return [self.kind.value, *self.values]

    @classmethod
    def of(cls, stored: Sequence[Any]) -> Self:
        """Return what the database has. Raises `ValueError` for a kind that there is not."""
        kind, *values = stored
        return cls(OddityKind(kind), tuple(values))


def score(oddities: Iterable[Oddity]) -> int:
    """Return how odd a letter is: a kind counts once, however often it is met."""
    return sum(WEIGHTS[kind] for kind in {each.kind for each in oddities})


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """What is known from before this mailout."""

    figures: Mapping[str, Figures] = field(default_factory=dict)
    """Of the last year that has any, by authority."""
    had_letters: frozenset[str] | None = None
    """The codes of letters that earlier mailouts sent; None if there was no earlier one."""


def oddities(
    drafts: Sequence[Draft],
    measures: Sequence[Measure],
    before: Before,
    among: Among | None = None,
) -> dict[str, tuple[Oddity, ...]]:
    """Return what is odd about each letter as it is drafted, by its code.

    They are compared `among` all letters; among themselves, if that is left out.
    """
    among = among or Among.of(drafts)
    return {
        draft.content.code: (
            *_of_figures(draft, measures, before),
            *_of_people(draft),
            *_of_authority(draft, before),
            *among.of_one(draft),
        )
        for draft in drafts
    }


def _of_figures(draft: Draft, measures: Sequence[Measure], before: Before) -> Iterator[Oddity]:
    content = draft.content
    if content.is_synthetic:
        yield Oddity(_K.MADE_UP)
    earlier = before.figures.get(content.authority.code)
    for measure, box in zip(measures, content.boxes, strict=False):
        yield from _of_box(measure, box)
        yield from _moved(measure, box, earlier)


def _of_box(measure: Measure, box: Box) -> Iterator[Oddity]:
    if not box.base:
        if measure.base == "investigated":
            yield Oddity(_K.NOT_INVESTIGATED)
        return
    if measure.count == "remedied" and not box.count:
        yield Oddity(_K.NO_REMEDIES, (box.base,))
    if measure.count == "complied" and box.count < box.base:
        yield Oddity(_K.NOT_ALL_COMPLIED, (box.percent or 0,))
    if box.base <= TINY:
        yield Oddity(_K.TINY_BASE, (box.title, box.base))


def _moved(measure: Measure, box: Box, earlier: Figures | None) -> Iterator[Oddity]:
    if earlier is None or measure.missing(earlier):
        return
    then, now = measure.box(earlier).percent, box.percent
    if then is not None and now is not None and abs(now - then) > MOVED_BY:
        yield Oddity(_K.MOVED, (box.title, then, now))


def _of_people(draft: Draft) -> Iterator[Oddity]:
    addressee = draft.content.addressee
    if not addressee.surname:
        yield Oddity(_K.NO_NAME)
    title = addressee.job_title or ""
    if any(word in title.casefold() for word in FOR_A_TIME):
        yield Oddity(_K.INTERIM, (title,))


FOR_A_TIME: Final = ("interim", "acting", "temporary")


def _of_authority(draft: Draft, before: Before) -> Iterator[Oddity]:
    content = draft.content
    if content.bespoke:
        yield Oddity(_K.OWN_PARAGRAPH)
    if content.group is None:
        yield Oddity(_K.NO_GROUP)
    if content.addressed_to.code != content.authority.code:
        yield Oddity(_K.SUCCESSOR, (content.authority.official_name,))
    if before.had_letters is not None and content.code not in before.had_letters:
        yield Oddity(_K.FIRST_EVER)


@dataclass(frozen=True, slots=True)
class Among:
    """What a letter is compared with: all the others."""

    by_mailbox: Mapping[str, Sequence[str]]
    """The codes of the letters to a mailbox that gets several."""
    longest_name: str
    longest_line: str
    usual: Mapping[tuple[str | None, str, str], tuple[float, float]]
    """By group, measure and side: the mean, and how far from it is far."""

    @classmethod
    def of(cls, drafts: Iterable[Draft]) -> Self:
        """Look at all letters, each once: no more than a few words and numbers of it are kept."""
        by_mailbox: dict[str, list[str]] = defaultdict(list)
        counts: dict[tuple[str | None, str, str], array[int]] = defaultdict(partial(array, "q"))
        name, line = _Longest(), _Longest()
        for draft in drafts:
            by_mailbox[_mailbox(draft)].append(draft.content.code)
            name.see(_name(draft))
            line.see(_line(draft))
            for key, count in _counts(draft):
                counts[key].append(count)
        return cls(
            {mailbox: codes for mailbox, codes in by_mailbox.items() if len(codes) > 1},
            name.alone,
            line.alone,
            {
                key: (fmean(found), DEVIATIONS * pstdev(found))
                for key, found in counts.items()
                if len(found) >= SMALLEST_GROUP
            },
        )

    def of_one(self, draft: Draft) -> Iterator[Oddity]:
        known = self.by_mailbox.get(_mailbox(draft), ())
        others = [code for code in known if code != draft.content.code]
        if others:
            yield Oddity(_K.SHARED_MAILBOX, tuple(others))
        if self.longest_name and _name(draft) == self.longest_name:
            yield Oddity(_K.LONGEST_NAME, (len(self.longest_name),))
        if self.longest_line and _line(draft) == self.longest_line:
            yield Oddity(_K.LONGEST_LINE, (len(self.longest_line),))
        titles = {box.key: box.title for box in draft.content.boxes}
        for key, count in _counts(draft):
            mean, far = self.usual.get(key, (0.0, 0.0))
            if far and abs(count - mean) > far:
                yield Oddity(_K.FAR_FROM_GROUP, (titles[key[1]], count, round(mean)))


def _mailbox(draft: Draft) -> str:
    to = next((each for each in draft.recipients if each.kind is RecipientKind.TO), None)
    return folded(to.address) if to else ""


def _name(draft: Draft) -> str:
    return draft.content.authority.official_name


def _line(draft: Draft) -> str:
    """Return the longest line of the address block."""
    content = draft.content
    lines = (content.addressee.addressee, content.addressee.title)
    return max((*lines, content.addressed_to.official_name), key=len)


@dataclass(slots=True)
class _Longest:
    """The longest of some texts."""

    longest: str = ""
    has_equal: bool = False
    count: int = 0

    def see(self, text: str) -> None:
        self.count += 1
        if len(text) > len(self.longest):
            self.longest, self.has_equal = text, False
        elif len(text) == len(self.longest):
            self.has_equal = True

    @property
    def alone(self) -> str:
        """The one text that is longer than all others; empty if there are several, or few."""
        return self.longest if not self.has_equal and self.count >= FEWEST else ""


def _counts(draft: Draft) -> Iterator[tuple[tuple[str | None, str, str], int]]:
    content = draft.content
    for box in content.boxes if content.group else ():
        yield (content.group, box.key, "count"), box.count
        yield (content.group, box.key, "base"), box.base


def many_pages(count: int) -> Iterator[Oddity]:
    """Yield what is odd about the length of a letter."""
    if count > MOST_PAGES:
        yield Oddity(_K.MANY_PAGES, (count,))


def rare(taken: Mapping[str, int], known: Iterable[Branch] = ()) -> dict[str, tuple[Oddity, ...]]:
    """Return what is odd about letters by the branches of the template that each took.

    `taken` holds how many letters took each set of branches, as it is stored: separated by spaces.
    The answer has only the sets with something odd. `known` are the template's branches.
    """
    if sum(taken.values()) < FEWEST:
        return {}
    counts = Counter[str]()
    for branches, count in taken.items():
        for each in branches.split():
            counts[each] += count
    few = {each: count for each, count in counts.items() if count < RARE}
    words = {each.place: (each.words, each.without) for each in known}
    found = {
        branches: tuple(
            Oddity(_K.RARE_BRANCH, (*_place(each), few[each], *words.get(each, ())))
            for each in branches.split()
            if each in few
        )
        for branches in taken
    }
    return {branches: odd for branches, odd in found.items() if odd}


def _place(branch: str) -> tuple[str, int, str]:
    file, line, side = branch.split(":")
    return file, int(line), side.partition(".")[0]
