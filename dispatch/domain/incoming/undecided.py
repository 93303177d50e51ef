"""What waits for a person: a notice that is not believed, and would change something if it were."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Final
from uuid import UUID

from dispatch.domain.delivery import DeliveryState
from dispatch.domain.incoming.message import Trust
from dispatch.domain.incoming.notice_effects import effect_on
from dispatch.domain.notice import Action, Category, Clue, Notice


class Prospect(Enum):
    """What a notice would show of its delivery if it were believed."""

    BOUNCED = "bounced"
    DELAYED = "delayed"
    CHALLENGED = "challenged"
    HELD = "held"
    COMPLAINED = "complained"
    DELIVERED = "delivered"


UNREACHES: Final = frozenset(
    {Prospect.BOUNCED, Prospect.DELAYED, Prospect.CHALLENGED, Prospect.HELD}
)
"""What would put an authority on the list of those that are not surely reached, worst first."""


def prospect(notice: Notice, address: str, state: DeliveryState) -> Prospect | None:
    """Return what a notice would show of a delivery to `address`; None if nothing new."""
    match notice.category, state:
        case Category.COMPLAINT, _:
            return Prospect.COMPLAINED
        case Category.CHALLENGE, DeliveryState.ACCEPTED:
            return Prospect.CHALLENGED
        case Category.HELD, DeliveryState.ACCEPTED:
            return Prospect.HELD
    said = effect_on(address, notice)
    if said is None:
        return None
    # A letter in doubt is accepted first: what came back of it had been taken by a server.
    is_in_doubt = state is DeliveryState.IN_DOUBT
    state = DeliveryState.ACCEPTED if is_in_doubt else state
    if said.fate.action is Action.DELAYED and state is DeliveryState.ACCEPTED:
        return Prospect.DELAYED
    return _PROSPECTS.get(said.leads_to(state))


_PROSPECTS: Final = {
    DeliveryState.BOUNCED: Prospect.BOUNCED,
    DeliveryState.DELIVERED: Prospect.DELIVERED,
    None: None,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Undecided:
    """A notice that waits until a person confirms or dismisses it."""

    mail_id: UUID
    mailout_id: UUID
    delivery_id: UUID
    authority: str
    """The code of the delivery's letter."""
    role: str
    state: DeliveryState
    """The delivery's."""
    received_at: datetime
    trust: Trust
    clue: Clue
    """What ties it to the delivery."""
    prospect: Prospect
    is_late: bool
    """Whether it came long after its letter, when even a proven notice is not believed unasked."""

    @property
    def is_forged(self) -> bool:
        """Whether what it names its delivery by is forged or damaged."""
        return self.trust is Trust.WRONG_TOKEN

    @property
    def unreaches(self) -> bool:
        """Whether its authority is not surely reached meanwhile.

        Only where its writer had the letter: an address or an id can be had by anybody. Not where
        the letter's Message-ID is merely quoted, as in what a person forwards.
        """
        is_credible = self.trust is Trust.PROBABLE and self.clue is not Clue.QUOTED_MESSAGE_ID
        return is_credible and not self.is_late and self.prospect in UNREACHES
