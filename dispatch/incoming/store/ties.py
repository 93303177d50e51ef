"""Which delivery of those in the database a notice is about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from dispatch.database.tables import Delivery
from dispatch.domain import notice_effects
from dispatch.domain.envelope import Sender
from dispatch.domain.incoming import Trust
from dispatch.domain.notice import Clue, Notice
from dispatch.incoming.store import conclusions

WINDOW: Final = timedelta(days=30)
"""How long after a letter what comes back may be about it, where only its recipient tells."""


@dataclass(frozen=True, slots=True)
class Tie:
    """The delivery that a notice is about, locked, what says so, and whether that is proof."""

    delivery: Delivery | None
    clue: Clue | None
    trust: Trust


def tie(
    session: Session, notice: Notice, recipients: list[str], sender: Sender, at: datetime
) -> Tie:
    """Follow the clues of a notice. A token proves nothing about another delivery than its own."""
    trust = notice_effects.trust_in(notice, recipients, sender)
    unproven = Trust.UNVERIFIED if trust is Trust.VERIFIED else trust
    for lead in notice_effects.leads(notice, recipients, sender):
        if delivery := conclusions.delivery_locked(session, lead.delivery_id):
            is_proof = lead.clue is Clue.RETURN_PATH
            return Tie(delivery, lead.clue, Trust.VERIFIED if is_proof else unproven)
    likely = conclusions.likely(session, notice_effects.addresses_in(notice), at=at, window=WINDOW)
    if likely is None:
        return Tie(None, None, unproven)
    return Tie(conclusions.delivery_locked(session, likely), Clue.RECIPIENT, unproven)
