"""What a notice means for the one delivery that it is about.

Each message of ours has a single recipient, so that what comes back to its return path is about
that one, whatever name the last server knows it by.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from dispatch.domain.address import folded
from dispatch.domain.delivery import DeliveryState
from dispatch.domain.notice import Action, Category, Fate, Notice, Reason

REPORTS: Final = frozenset({Category.BOUNCE, Category.DELAYED, Category.DELIVERED})
"""Notices whose fates are a server's word."""

WORST_FIRST: Final = (
    Action.FAILED,
    Action.DELIVERED,
    Action.EXPANDED,
    Action.RELAYED,
    Action.DELAYED,
)
"""Which of several fates of one recipient holds: what failed in the end failed."""

ABOUT_THE_MESSAGE: Final = frozenset({Reason.TOO_LARGE, Reason.POLICY, Reason.SPAM_VIRUS})
"""Why this message came back and another may not: the address has nothing to do with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bearing:
    """The fate of a delivery, as a notice has it."""

    fate: Fate
    is_own_address: bool
    """Whether it is the delivery's own address that the notice speaks of, as far as one can tell:
    not one that the mailbox forwards to."""

    @property
    def counts_against_address(self) -> bool:
        """Whether it is a reason, alone or with others like it, to write there no more.

        An address that ours is forwarded to may be dead while ours is alive; what a server holds
        against us, or against one message, is not the recipient's fault.
        """
        fate = self.fate
        is_failure = fate.action is Action.FAILED and not fate.is_about_us
        return is_failure and self.is_own_address and fate.reason not in ABOUT_THE_MESSAGE


def bearing(notice: Notice, address: str) -> Bearing | None:
    """Return what a notice means for a delivery to `address`; None if it says nothing of it.

    A notice that names one other address is about ours under the name that it was forwarded or
    rewritten to. One that names several, and not ours, may be about anybody. A bounce or a delay
    that names nobody is about the one recipient that the message had.
    """
    if notice.category not in REPORTS:
        return None
    key = folded(address)
    own = [fate for fate in notice.fates if folded(fate.address) == key]
    if own:
        return Bearing(fate=_worst(own), is_own_address=True)
    if len({folded(fate.address) for fate in notice.fates}) == 1:
        return Bearing(fate=_worst(notice.fates), is_own_address=False)
    if notice.fates or notice.category is Category.DELIVERED:
        return None
    action = Action.FAILED if notice.category is Category.BOUNCE else Action.DELAYED
    return Bearing(fate=Fate(address=address, action=action), is_own_address=True)


def leads_to(state: DeliveryState, bearing: Bearing) -> DeliveryState | None:
    """Return the state that a believed notice brings a delivery into, or None to leave it.

    Only ever to more certainty. What came back from where the mailbox forwards to counts as come
    back, since nobody has said that a copy was kept: to ring up an authority that has the letter
    costs less than to leave out one that has not. If the mailbox has said so, that stands.
    """
    match bearing.fate.action, state:
        case Action.FAILED, DeliveryState.ACCEPTED:
            return DeliveryState.BOUNCED
        case Action.FAILED, DeliveryState.DELIVERED if bearing.is_own_address:
            return DeliveryState.BOUNCED
        case Action.DELIVERED, DeliveryState.ACCEPTED:
            return DeliveryState.DELIVERED
        case _:
            return None


def _worst(fates: tuple[Fate, ...] | list[Fate]) -> Fate:
    return min(fates, key=lambda fate: WORST_FIRST.index(fate.action))
