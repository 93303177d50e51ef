"""Sweep: every waiting state is moved on by somebody, and this is who."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from dispatch.db import Session, deliveries, journal, queries
from dispatch.domain.delivery import UNSETTLED, DeliveryState
from dispatch.domain.ledger import CLOCK, Event
from dispatch.domain.mailout import MailoutState


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep moved on."""

    requeued: int
    in_doubt: int
    expired: int
    cancelled: int
    sent: tuple[str, ...]
    """Mailouts of which nothing waits any more."""

    @property
    def is_anything(self) -> bool:
        """Whether there was anything to move."""
        return any((self.requeued, self.in_doubt, self.expired, self.cancelled, self.sent))


def sweep(session: Session, *, now: datetime) -> Swept:
    """Take back what vanished workers held, end what is overdue, and finish mailouts."""
    back = deliveries.take_back(session, now=now)
    expired = deliveries.expire(session, now=now)
    cancelled = deliveries.cancel_given_back(session, now=now)
    return Swept(
        requeued=back[DeliveryState.QUEUED],
        in_doubt=back[DeliveryState.IN_DOUBT],
        expired=expired,
        cancelled=cancelled,
        sent=tuple(_finish(session, now)),
    )


def _finish(session: Session, now: datetime) -> list[str]:
    """Move each releasing mailout of which nothing waits or is held on to sent."""
    finished = []
    for mailout in queries.mailouts_in(session, MailoutState.RELEASING):
        counts = queries.delivery_counts(session, mailout)
        if not UNSETTLED & counts.keys():
            mailout.move_to(MailoutState.SENT)
            event = Event(now, CLOCK, "mailout.sent", f"mailout:{mailout.name}")
            journal.append(session, event)
            finished.append(mailout.name)
    return finished
