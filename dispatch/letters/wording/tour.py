"""Choose the letters that show every turn of a template between them, the oddest first."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from dispatch.domain.letter import Draft
from dispatch.domain.letters.branches import Branch
from dispatch.domain.letters.oddity import Oddity, score

ENOUGH = 8
"""Letters that are shown where no letter can be made, or all read the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """A letter of the tour, and why it is in it."""

    draft: Draft
    odd: tuple[Oddity, ...]
    shows: tuple[Branch, ...] = ()
    """What it says that no letter before it in the tour does."""

    @property
    def code(self) -> str:
        return self.draft.content.code


@dataclass(frozen=True, slots=True, kw_only=True)
class Tour:
    """Letters that between them show all that any letter does."""

    stops: tuple[Stop, ...]
    letters: int
    """How many letters there are."""
    unseen: tuple[Branch, ...] = ()
    """What the template says and no letter does."""


def by_oddity(drafts: Sequence[Draft], odd: Mapping[str, tuple[Oddity, ...]]) -> tuple[Stop, ...]:
    """Return all letters, the oddest first."""
    found = [Stop(draft=each, odd=odd.get(each.content.code, ())) for each in drafts]
    return tuple(sorted(found, key=lambda each: (-score(each.odd), each.code)))


def tour(
    stops: Sequence[Stop], taken: Sequence[Collection[str]], known: Collection[Branch]
) -> Tour:
    """Choose among letters, the oddest first, by the branches that each takes.

    Each that is chosen adds more branches than any other would, so that they are few. A letter that
    cannot be made takes none, and the first such letter is among them.
    """
    places = {each.place: each for each in known}
    left = {place for branches in taken for place in branches} & places.keys()
    seen = frozenset(left)
    chosen: set[int] = set()
    while left:
        best = max(range(len(stops)), key=lambda n: (len(left.intersection(taken[n])), -n))
        left.difference_update(taken[best])
        chosen.add(best)
    failing = [number for number, branches in enumerate(taken) if not branches]
    chosen = chosen.union(failing[:1]) if chosen else {*range(min(ENOUGH, len(stops)))}
    shown: set[str] = set()
    found = []
    for number in sorted(chosen):
        new = [places[place] for place in taken[number] if place in places and place not in shown]
        shown.update(taken[number])
        stop = stops[number]
        says = tuple(each for each in new if each.words or each.without)
        found.append(Stop(draft=stop.draft, odd=stop.odd, shows=says))
    unseen = tuple(each for each in known if each.words and each.place not in seen) if seen else ()
    return Tour(stops=tuple(found), letters=len(stops), unseen=unseen)
