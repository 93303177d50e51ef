"""The life of a kind of record as a table: which state may follow which."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import KW_ONLY, dataclass
from enum import Enum
from typing import Generic, TypeVar

from dispatch.domain.errors import ImpossibleMove

S = TypeVar("S", bound=Enum)


@dataclass(frozen=True, slots=True)
class Life(Generic[S]):
    """A table of the moves that a record may make, and the checks against it."""

    record: str
    """What it is the life of, with its article: "a delivery"."""
    moves: Mapping[S, frozenset[S]]
    """The states that may follow each state; none after an end."""
    _: KW_ONLY
    begins: frozenset[S]
    """The states that a new record may have."""
    unseen: frozenset[S] = frozenset()
    """The states that a record comes into without an event."""
    again: frozenset[S] = frozenset()
    """The states whose event may come again while the record is in them."""

    def move(self, current: S, new: S) -> S:
        """Return `new`; raise `ImpossibleMove` if the table has no such move."""
        self.check([current], new)
        return new

    def check(self, states: Iterable[S], new: S) -> None:
        """Raise `ImpossibleMove` unless each of these states may become `new`.

        A guarded UPDATE over several states calls this first, so that no statement makes a move
        that the table does not have.
        """
        for state in states:
            if not self.allows(state, new):
                raise ImpossibleMove(
                    f"{self.record} that is {state.value} cannot become {new.value}"
                )

    def allows(self, current: S, new: S) -> bool:
        """Whether the table has this move."""
        return new in self.moves[current]

    def tells(self, before: S | None, then: S) -> bool:
        """Whether the event of `then` may come next after that of `before`, or as the first.

        In between the record may have been in states that no event tells of.
        """
        following = self.begins
        if before is not None:
            following = self.moves[before] | ({before} & self.again)
        passed: frozenset[S] = frozenset()
        while then not in following and (unseen := (following & self.unseen) - passed):
            passed |= unseen
            following |= frozenset().union(*(self.moves[each] for each in unseen))
        return then in following

    @property
    def ends(self) -> frozenset[S]:
        """The states that nothing follows."""
        return frozenset(state for state, following in self.moves.items() if not following)
