"""How far the letters of mailouts have come: read once for a list, a status or a page.

Whatever asks who is reached asks here: status, unreached, reminders, upload and the pages.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from heapq import nsmallest
from uuid import UUID

from dispatch.database import Session
from dispatch.database.tables import Mailout
from dispatch.domain.delivery import REACHED, DeliveryState
from dispatch.domain.incoming.undecided import Prospect, Undecided
from dispatch.domain.tracking.unreached import Unreached
from dispatch.incoming.undecided import perhaps_unreached, undecided_of
from dispatch.letters.store import letters
from dispatch.tracking.store import facts, reach, tallies
from dispatch.tracking.store.facts import Found
from dispatch.tracking.store.reach import Reach
from dispatch.tracking.store.tallies import Tally


@dataclass(frozen=True)
class Standing:
    """How far the letters of one mailout have come."""

    role: str
    """The first To role, which counts: the chief executive, say."""
    tally: Tally
    reach: Reach
    notices: Sequence[Undecided]
    """What came back, nothing proves, and nobody has decided about."""
    missing: frozenset[str]
    """The codes of those that are due a letter and have no delivery; none where only counted."""
    in_force: frozenset[str] | None
    """The codes of the letters in force; None if all that have a delivery are among them."""

    @cached_property
    def worst(self) -> Mapping[UUID, Undecided]:
        """The notice for each delivery that keeps it from being surely reached."""
        return perhaps_unreached(self.notices)

    @cached_property
    def perhaps(self) -> Mapping[str, Undecided]:
        """The notice for each authority whose letter was accepted, and perhaps did not arrive."""
        found = (each for each in self.worst.values() if each.role == self.role)
        return {each.authority: each for each in found if each.state in REACHED}

    @cached_property
    def behind(self) -> Mapping[str, DeliveryState]:
        """The state of each last delivery that is not accepted or better, kept back, or unsure."""
        accepted = dict.fromkeys(self.reach.kept_back, DeliveryState.ACCEPTED)
        unsure = {code: each.state for code, each in self.perhaps.items()}
        return accepted | unsure | dict(self.reach.behind)

    @property
    def reached(self) -> int:
        """How many authorities' letter is accepted or better, and not kept back there."""
        return self.tally.with_delivery - len(self.behind)

    @cached_property
    def unreached(self) -> Mapping[str, DeliveryState | None]:
        """The others that are due a letter, with the state of its delivery; None if none is."""
        missing: dict[str, DeliveryState | None] = dict.fromkeys(self.missing)
        return missing | {code: each for code, each in self.behind.items() if self.is_due(code)}

    @property
    def number_unreached(self) -> int:
        """How many are not surely reached, whether or not all are known by name."""
        return len(self.not_surely_reached - self.missing) + self.tally.missing

    @cached_property
    def not_surely_reached(self) -> frozenset[str]:
        """The codes of these and of those whose letter is delayed on its way."""
        unsure = {each.authority for each in self.worst.values() if each.role == self.role}
        return frozenset(self.unreached) | frozenset(
            filter(self.is_due, self.reach.late.keys() | unsure)
        )

    def urgent(self, most: int) -> list[Unreached]:
        """Return the most urgent of those not surely reached, and why, but nothing else."""
        return nsmallest(most, self.in_short, key=lambda each: each.urgency)

    @property
    def in_short(self) -> list[Unreached]:
        """Those not surely reached, and why, but nothing else."""
        return [
            Unreached(
                code=code,
                state=self.unreached.get(code, DeliveryState.ACCEPTED),
                kept_back=self.reach.kept_back.get(code),
                delayed_since=self.reach.late.get(code),
                perhaps=self.perhaps.get(code),
            )
            for code in self.not_surely_reached
        ]

    @property
    def undecided(self) -> Counter[Prospect]:
        """How many notices wait for a person, by what they would show; without the forged."""
        return Counter(each.prospect for each in self.notices if not each.is_forged)

    def is_due(self, code: str) -> bool:
        """Whether a letter to an authority that has a delivery is in force."""
        return self.in_force is None or code in self.in_force


def standing(session: Session, mailout: Mailout) -> Standing:
    """Return how far the letters of a mailout have come."""
    found = standings(session, [mailout])[mailout.id]
    return replace(found, missing=reach.missing(session, mailout)) if found.tally.missing else found


def standings(session: Session, mailouts: Sequence[Mailout]) -> dict[UUID, Standing]:
    """Return the same of some mailouts, by id: by as many statements as for one.

    Of those that have no delivery only the number is read.
    """
    if not mailouts:
        return {}
    found = facts.read(session, [*tallies.parts(mailouts), *reach.parts(mailouts)])
    waiting = undecided_of(session, [each.id for each in mailouts])
    return {each.id: _standing(session, each, found, waiting[each.id]) for each in mailouts}


def _standing(
    session: Session, mailout: Mailout, found: Found, notices: Sequence[Undecided]
) -> Standing:
    counted, reached = tallies.of_mailout(found, mailout), reach.of_mailout(found, mailout)
    return Standing(
        role=mailout.plan.to_roles[0],
        tally=counted,
        reach=reached,
        notices=notices,
        missing=frozenset(),
        in_force=_in_force(session, mailout, counted),
    )


def _in_force(session: Session, mailout: Mailout, counted: Tally) -> frozenset[str] | None:
    """Return the letters in force, where not all that have a delivery are."""
    if counted.in_force == counted.with_delivery + counted.missing:
        return None
    return letters.codes(session, mailout)
