"""Where the question to a contact stands: whether they are still the right person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Final


class Standing(Enum):
    """Where the question to a contact stands, in words. What comes later counts for more."""

    NOT_ASKED = "not asked yet"
    SUPPRESSED = "not asked: the address is suppressed"
    DEFERRED = "not asked yet: the server said: not now"
    IN_DOUBT = "perhaps asked: the connection was lost"
    REFUSED = "the server refused it"
    ASKED = "asked, and nothing came back"
    AUTOREPLY = "a machine answered"
    UNCLEAR = "answered: read it"
    ANSWERED = "answered: yes"
    DEAD = "it came back: the address is dead"


TO_ASK: Final = frozenset({Standing.NOT_ASKED, Standing.DEFERRED})
"""Nobody has been asked, for sure."""

UNANSWERED: Final = frozenset(Standing) - {Standing.ANSWERED}
"""Nobody has plainly said that it is the right person."""

RANK: Final = {standing: rank for rank, standing in enumerate(Standing)} | {
    Standing.UNCLEAR: len(Standing),
    Standing.ANSWERED: len(Standing),
    Standing.DEAD: len(Standing) + 1,
}
"""Which of several counts: the higher, and of two alike the later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """How the question to the contacts of a mailout stands: how many contacts are where."""

    contacts: int
    asked: int
    """To whom it has surely gone."""
    yes: int
    to_read: int
    """Who answered, and not plainly with yes."""
    by_machine: int
    dead: int
    """To whom it came back."""
    silent: int

    @property
    def unconfirmed(self) -> int:
        """How many have not plainly said that they are the right person."""
        return self.contacts - self.yes

    @classmethod
    def of(cls, found: Iterable[Standing]) -> Round:
        """Count where each question stands."""
        count = Counter(found)
        return cls(
            contacts=count.total(),
            asked=sum(count[each] for each in HAVE_IT),
            yes=count[Standing.ANSWERED],
            to_read=count[Standing.UNCLEAR],
            by_machine=count[Standing.AUTOREPLY],
            dead=count[Standing.DEAD],
            silent=count[Standing.ASKED],
        )


HAVE_IT: Final = frozenset(
    {
        *(Standing.ASKED, Standing.AUTOREPLY, Standing.UNCLEAR),
        *(Standing.ANSWERED, Standing.DEAD),
    }
)
