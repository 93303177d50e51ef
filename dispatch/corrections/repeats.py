"""Repeats: what keeps a letter that has gone from going again, lest somebody has it twice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from uuid import UUID

from dispatch.database.tables import Delivery
from dispatch.domain.address import folded
from dispatch.domain.authority import Contact
from dispatch.domain.delivery import IN_PROGRESS, REACHED, REJECTED, DeliveryState
from dispatch.letters.store.versions import Outdated
from dispatch.tracking.store.chains import Chain


class Repeats:
    """Where the letters of a mailout have gone, and where nothing is to go."""

    def __init__(
        self, chains: Iterable[Chain], suppressed: frozenset[str], outdated: Outdated
    ) -> None:
        """Take all chains of a mailout, the suppressed addresses, folded, and what is replaced."""
        self._suppressed = suppressed
        self._outdated = outdated
        self._went: dict[tuple[UUID, str], list[Delivery]] = defaultdict(list)
        for each in (delivery for chain in chains for delivery in chain.deliveries):
            self._went[each.letter_id, each.address_key].append(each)

    def obstacle(self, chain: Chain, recipient: Contact | None, *, is_again: bool) -> str | None:
        """Return why a letter cannot go to a contact, with what to do about it; None if it can.

        `is_again` lets it go to an address that had it, in whatever role, or that sent it back.
        """
        if why := _unsettled([chain.last]) or self._outdated_since(chain.last):
            return why
        if recipient is None:
            return f"nobody is in post as {chain.last.role}: enter the contact, or give --to"
        address, key = recipient.address, folded(recipient.address)
        if key in self._suppressed:
            return (
                f"{address} is suppressed: lift that with `dispatch suppression lift {address} "
                f"--because TEXT`, or give another address with --to"
            )
        went = self._went[chain.last.letter_id, key]
        return _unsettled(went) or (None if is_again else _repetition(went, address))

    def _outdated_since(self, last: Delivery) -> str | None:
        if last.letter_id in self._outdated.replaced:
            return "a later version has replaced this letter"
        if last.authority_code in self._outdated.pending:
            return "a new version waits for approval: `dispatch mailout approve`, or withdraw it"
        return None


def _unsettled(went: Iterable[Delivery]) -> str | None:
    for each in went:
        if each.state is DeliveryState.IN_DOUBT:
            settle = f"dispatch delivery settle {str(each.id)[:8]} accepted|not-sent"
            return f"it is in doubt: settle it first, with `{settle}`"
        if each.state in IN_PROGRESS:
            return f"it still waits to be sent to {each.address} ({each.state.value})"
    return None


def _repetition(went: Iterable[Delivery], address: str) -> str | None:
    states = {each.state for each in went}
    if states & REACHED:
        return f"{address} has this letter already: --again sends it once more"
    if states & REJECTED:
        return f"it came back from {address}: give another with --to, or try it --again"
    return None
