"""What stops a letter from being sent again, and what to do about it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from uuid import UUID

from dispatch.domain.address import folded
from dispatch.domain.delivery import IN_PROGRESS, REACHED, REJECTED, DeliveryState
from dispatch.domain.register.authority import Contact
from dispatch.domain.remedy import Remedy, RemedyKind
from dispatch.letters.store.versions import Outdated
from dispatch.tracking.store.chains import Chain, Sent


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why a letter cannot be resent, and the next thing to do, if it is one that has a name."""

    why: str
    remedy: Remedy | None = None


class Obstacles:
    """What stops a letter that has been sent from being sent again: nobody must get it twice."""

    def __init__(
        self,
        name: str,
        sent: Iterable[Chain],
        suppressed: frozenset[str],
        outdated: Outdated,
        elsewhere: AbstractSet[tuple[UUID, str]] = frozenset(),
        unproven: AbstractSet[str] = frozenset(),
    ) -> None:
        """Take a mailout's name and chains, the suppressed addresses (folded), and old versions.

        `elsewhere` has the letters whose PDF an address has from another mailout, `unproven` the
        addresses (folded) that only an unverified message names.
        """
        self._unproven = unproven
        self._name = name
        self._elsewhere = elsewhere
        self._suppressed = suppressed
        self._outdated = outdated
        self._sent: dict[tuple[UUID, str], list[Sent]] = defaultdict(list)
        for each in (delivery for chain in sent for delivery in chain.deliveries):
            self._sent[each.letter_id, each.address_key].append(each)

    def find(self, chain: Chain, recipient: Contact | None, *, is_again: bool) -> Obstacle | None:
        """Return why a letter cannot go to a contact, or None if it can.

        `is_again` lets it go to an address that already had it, in any role, or that returned it.
        """
        if found := _unsettled([chain.last]) or self._outdated_since(chain.last):
            return found
        if recipient is None:
            return vacant(chain)
        address, key = recipient.address, folded(recipient.address)
        if key in self._suppressed:
            lift = Remedy(kind=RemedyKind.LIFT_SUPPRESSION, address=address)
            return Obstacle(f"{address} is suppressed", lift)
        if key in self._unproven:
            decide = Remedy(kind=RemedyKind.SUGGESTIONS, mailout=self._name)
            why = f"only an unverified message names {address}, and two people must accept it first"
            return Obstacle(why, decide)
        sent = self._sent[chain.last.letter_id, key]
        is_elsewhere = (chain.last.letter_id, key) in self._elsewhere
        code = chain.last.authority_code
        about = Remedy(kind=RemedyKind.RESEND_AGAIN, mailout=self._name, authority=code)
        again = None if is_again else _repetition(sent, address, about, is_elsewhere=is_elsewhere)
        return _unsettled(sent) or again

    def _outdated_since(self, last: Sent) -> Obstacle | None:
        if last.letter_id in self._outdated.replaced:
            return Obstacle("a later version has replaced this letter")
        if last.authority_code in self._outdated.pending:
            approve = Remedy(kind=RemedyKind.APPROVE, mailout=self._name)
            return Obstacle("a new version waits for approval", approve)
        return None


def vacant(chain: Chain) -> Obstacle:
    """Return what stops a letter to a role that nobody is in post for."""
    enter = Remedy(kind=RemedyKind.CONTACTS_SET, authority=chain.addressed_to)
    return Obstacle(f"nobody is in post as {chain.last.role}", enter)


def _unsettled(sent: Iterable[Sent]) -> Obstacle | None:
    for each in sent:
        if each.state is DeliveryState.IN_DOUBT:
            settle = Remedy(kind=RemedyKind.SETTLE, delivery_id=each.id)
            return Obstacle("it is in doubt", settle)
        if each.state in IN_PROGRESS:
            return Obstacle(f"it still waits to be sent to {each.address} ({each.state.value})")
    return None


def _repetition(
    sent: Iterable[Sent], address: str, again: Remedy, *, is_elsewhere: bool
) -> Obstacle | None:
    if is_elsewhere:
        return Obstacle(f"{address} has this letter from another mailout", again)
    states = {each.state for each in sent}
    if states & REACHED:
        return Obstacle(f"{address} has this letter already", again)
    if states & REJECTED:
        is_returned = DeliveryState.BOUNCED in states
        what = f"it came back from {address}" if is_returned else f"it was refused for {address}"
        return Obstacle(what, replace(again, kind=RemedyKind.RESEND, needs_address=True))
    return None
