"""The branches of a template: which letters took which, and which no letter took.

A branch is a side of a condition, of a loop or of a choice within a line. What a letter took is
stored with it, as the branches' places.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

NOTE: Final = "email.md"
"""The covering note. Releases before did not store its branches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """A branch of a template."""

    place: str
    """File, line and side, as letters have it: `letter.md:46:no`."""
    source: str
    """The line of the template."""
    words: str
    """What it says; empty if it says nothing."""
    without: str = ""
    """What the letter leaves out that takes it, if it says nothing itself."""

    @property
    def file(self) -> str:
        return self.place.split(":")[0]

    @property
    def line(self) -> int:
        return int(self.place.split(":")[1])

    @property
    def side(self) -> str:
        """What is so in a letter that takes it: yes, no, some or none."""
        return self.place.split(":")[2].partition(".")[0]


def unseen(known: Collection[Branch], taken: Iterable[str]) -> tuple[Branch, ...] | None:
    """Return the branches with words of their own that no letter took, in the template's order.

    None if that is not known: letters that a release before has made lack the covering note's.
    """
    taken = frozenset(taken)
    files = {place.partition(":")[0] for place in taken}
    if NOTE in {each.file for each in known} - files:
        return None
    return tuple(each for each in known if each.words and each.place not in taken)
