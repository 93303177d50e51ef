"""Move on deliveries and mailouts that nobody else would: what the clock does at every tick.

Every waiting state needs somebody who moves it on. Workers move what they hold; this does the rest.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass
from datetime import datetime

from dispatch.database import Session
from dispatch.database.tables import Mailout
from dispatch.domain.delivery import IN_PROGRESS, DeliveryState
from dispatch.domain.mailout import MailoutState
from dispatch.domain.proof.ledger import CLOCK
from dispatch.domain.word import clock_at
from dispatch.ledger import events, journal
from dispatch.mailouts.store import mailout_named, mailouts_in
from dispatch.register import suppressions
from dispatch.sending.store import deliveries


@dataclass(frozen=True, slots=True)
class Swept:
    """How many deliveries a sweep moved, and where to."""

    requeued: int
    in_doubt: int
    suppressed: int
    expired: int
    cancelled: int

    @property
    def is_anything(self) -> bool:
        """Whether any delivery was moved."""
        return any(astuple(self))

    @property
    def has_more(self) -> bool:
        """Whether more deliveries may have to be moved than one sweep does."""
        return any(count >= deliveries.MOST for count in astuple(self))

    def __add__(self, other: Swept) -> Swept:
        return Swept(*map(sum, zip(astuple(self), astuple(other), strict=True)))


def sweep(session: Session, *, now: datetime, may_expire: bool = True) -> Swept:
    """Take back what vanished workers held; end what is suppressed, expired or cancelled.

    Nothing expires while the clock is not to be trusted: that could not be undone.
    """
    back = deliveries.take_back(session, now=now)
    return Swept(
        requeued=back[DeliveryState.QUEUED],
        in_doubt=back[DeliveryState.IN_DOUBT],
        suppressed=suppressions.stop_waiting(session, clock_at(now)),
        expired=deliveries.expire(session, now=now) if may_expire else 0,
        cancelled=deliveries.cancel_given_back(session, now=now),
    )


def settled(session: Session) -> list[str]:
    """Return the names of the releasing mailouts of which no delivery is in progress any longer."""
    releasing = mailouts_in(session, MailoutState.RELEASING)
    return [mailout.name for mailout in releasing if _is_settled(session, mailout)]


def finish(session: Session, name: str, *, now: datetime) -> bool:
    """Move a mailout on to sent if no delivery of it is in progress; return whether it moved.

    Two clocks may call this at once: the row is locked and read again, so only one moves it.
    """
    mailout = mailout_named(session, name, is_locked=True)
    if mailout.state is not MailoutState.RELEASING or not _is_settled(session, mailout):
        return False
    mailout.move_to(MailoutState.SENT)
    mailout.first_since = None
    journal.append(session, events.MAILOUT_SENT.event(now, CLOCK, mailout.name))
    return True


def _is_settled(session: Session, mailout: Mailout) -> bool:
    is_queued = mailout.under_way is None
    return is_queued and not deliveries.has_any_in(session, mailout, IN_PROGRESS)
