"""Match a notice to the delivery it is about.

The clues in the notice are followed, the surest first. Only a return path that we signed, or a
Message-ID with our code, proves anything, and only about the delivery it was made for.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from dispatch.database import Session
from dispatch.database.tables import Delivery
from dispatch.domain.incoming.message import Trust
from dispatch.domain.incoming.notice_effects import addresses_in, leads, trust_in
from dispatch.domain.notice import Clue, Notice
from dispatch.domain.sending.envelope import Sender
from dispatch.incoming.store import notices

WINDOW: Final = timedelta(days=30)
"""How long after a letter a notice that only names its recipient may still be about it, and one to
its return path is believed unasked. Servers give up after five days (RFC 5321 4.5.4.1)."""


@dataclass(frozen=True, slots=True)
class Match:
    """The delivery that a notice is about, locked; the clue that says so; how far to trust it."""

    delivery: Delivery | None
    clue: Clue | None
    trust: Trust


def match_to_delivery(
    session: Session, notice: Notice, recipients: list[str], sender: Sender, at: datetime
) -> Match:
    """Return the delivery that a notice is about, as far as its clues tell.

    `recipients` are those of its envelope, `at` is when it arrived.
    """
    trust = trust_in(notice, recipients, sender)
    is_forged = trust is Trust.WRONG_TOKEN
    unproven = Trust.WRONG_TOKEN if is_forged else Trust.UNVERIFIED
    for lead in leads(notice, recipients, sender):
        if delivery := notices.delivery_locked(session, lead.delivery_id):
            return Match(delivery, lead.clue, unproven if is_forged else lead.proves)
    likely = notices.likely_delivery(session, addresses_in(notice), at=at, window=WINDOW)
    if likely is None:
        return Match(None, None, unproven)
    return Match(notices.delivery_locked(session, likely), Clue.RECIPIENT, unproven)
