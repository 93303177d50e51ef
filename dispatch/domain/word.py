"""On whose word something is done: who says so, who was at the keyboard, why, and when.

Made once, where a command or a page takes an order, and handed down from there. Every act of a
person takes one, and every event about the act carries it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from dispatch.domain.errors import RuleBroken
from dispatch.domain.person import named
from dispatch.domain.proof.ledger import CLOCK, SERVICE


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """The word that an act is done on; a person's, or the service's own.

    Names and reason are kept on one line with single spaces. Raises `RuleBroken` as `named`, and
    `ValueError` for a moment without a zone.
    """

    person: str
    """Who says so: the actor of the event."""
    keyboard: str | None
    """Who typed or clicked it, by the name they signed in with; None for the service's own acts."""
    because: str = ""
    """Why, in the person's own words; empty where none are needed."""
    at: datetime

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise ValueError("the moment of an act must say its time zone")
        if self.keyboard is not None or self.person not in SERVICE:
            self._set("person", named(self.person))
            self._set("keyboard", named(self.keyboard or ""))
        self._set("because", " ".join(self.because.split()))

    def _set(self, name: str, value: str) -> None:
        object.__setattr__(self, name, value)  # as a frozen dataclass sets its own fields

    def needed_reason(self) -> str:
        """Return the reason; raise `RuleBroken` if none was given for an act that needs one."""
        if not self.because:
            raise RuleBroken("give a reason: the ledger keeps it with what was done")
        return self.because

    def detail(self, reason: str | None = None) -> dict[str, str]:
        """Return what an event records of it: why, under the name `reason`, and the keyboard."""
        why = {} if reason is None else {reason: self.because}
        return why if self.keyboard is None else {**why, "at_keyboard": self.keyboard}


def clock_at(moment: datetime) -> Word:
    """Return the word of the clock: what is due happens by itself."""
    return Word(person=CLOCK, keyboard=None, at=moment)
