"""Match a notice to the delivery it is about.

The clues in the notice are followed, the surest first. Only what we signed proves anything: a
return path, a header of the message, the code in its Message-ID; and only about the delivery it was
made for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from dispatch.database import Session
from dispatch.database.tables import Delivery
from dispatch.domain.incoming.message import Trust
from dispatch.domain.incoming.notice_effects import (
    Lead,
    addresses_in,
    is_forged,
    leads,
    others_in,
    trust_of,
    unsigned_ids,
)
from dispatch.domain.notice import Clue, Notice
from dispatch.domain.sending.envelope import Sender, is_of_question, is_of_test
from dispatch.incoming.store import notices

WINDOW: Final = timedelta(days=30)
"""How long after a letter a notice that only names its recipient may still be about it, and one to
its return path is believed unasked. Servers give up after five days (RFC 5321 4.5.4.1)."""


def is_long_after(delivery: Delivery, at: datetime) -> bool:
    """Whether a notice that came at this moment is too late to be believed unasked."""
    return at > delivery.not_after + WINDOW


@dataclass(frozen=True, slots=True)
class Match:
    """The delivery that a notice is about, locked; the clue that says so; how far to trust it."""

    delivery: Delivery | None
    clue: Clue | None
    trust: Trust
    question_id: UUID | None = None
    """The question to a contact that it is about, which is not a delivery."""


def match_to_delivery(
    session: Session, notice: Notice, recipients: list[str], sender: Sender, at: datetime
) -> Match:
    """Return the delivery that a notice is about, as far as its clues tell.

    `recipients` are those of its envelope, `at` is when it arrived.
    """
    unproven = Trust.WRONG_TOKEN if is_forged(notice, recipients, sender) else Trust.UNVERIFIED
    for lead in _leads(session, notice, recipients, sender, at):
        if is_of_test(lead.delivery_id):
            return Match(None, Clue.TEST, lead.proves if unproven is Trust.UNVERIFIED else unproven)
        if is_of_question(lead.delivery_id):
            trust = lead.proves if unproven is Trust.UNVERIFIED else unproven
            return Match(None, Clue.QUESTION, trust, lead.delivery_id)
        if delivery := notices.delivery_locked(session, lead.delivery_id):
            trust = _trust(session, lead, delivery, notice)
            return Match(delivery, lead.clue, trust if unproven is Trust.UNVERIFIED else unproven)
    likely = notices.likely_delivery(session, addresses_in(notice), at=at, window=WINDOW)
    if likely is None:
        return Match(None, None, unproven)
    return Match(notices.delivery_locked(session, likely), Clue.RECIPIENT, unproven)


def _leads(
    session: Session, notice: Notice, recipients: list[str], sender: Sender, at: datetime
) -> Iterator[Lead]:
    """Yield the leads in order, with the id that a server told us before what proves nothing."""
    found = list(leads(notice, recipients, sender))
    proven = [lead for lead in found if lead.proves is not Trust.UNVERIFIED]
    yield from proven
    ids = [] if proven else unsigned_ids(notice)
    if told := notices.told_in_reply(session, ids, since=at - 2 * WINDOW):
        yield Lead(Clue.TOLD_ID, told, proves=Trust.PROBABLE)
    yield from (lead for lead in found if lead.proves is Trust.UNVERIFIED)


def _trust(session: Session, lead: Lead, delivery: Delivery, notice: Notice) -> Trust:
    """Return how far a notice may be believed about the delivery that a lead names.

    One that was not sent to its return path, and reports of the recipient of another delivery,
    contradicts itself: its writer had one message and speaks of another.
    """
    others = others_in(notice, delivery.address)
    is_proven = lead.proves is not Trust.UNVERIFIED and lead.clue is not Clue.RETURN_PATH
    if is_proven and notices.are_recipients(session, others):
        return Trust.WRONG_TOKEN
    return trust_of(lead, delivery.address, notice)
