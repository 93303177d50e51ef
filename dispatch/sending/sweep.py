"""Sweep: every waiting state is moved on by somebody, and this is who."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from datetime import datetime

from dispatch.database import Session
from dispatch.database.tables import Mailout
from dispatch.domain.delivery import IN_PROGRESS, DeliveryState
from dispatch.domain.ledger import CLOCK, Event
from dispatch.domain.mailout import MailoutState
from dispatch.ledger import journal
from dispatch.mailouts.store import mailout_named, mailouts_in
from dispatch.register.store import suppressions
from dispatch.sending.store import deliveries


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep moved on."""

    requeued: int
    in_doubt: int
    suppressed: int
    expired: int
    cancelled: int

    @property
    def is_anything(self) -> bool:
        """Whether there was anything to move."""
        return any(astuple(self))


def sweep(session: Session, *, now: datetime) -> Swept:
    """Take back what vanished workers held, end what is overdue or not to be written to."""
    back = deliveries.take_back(session, now=now)
    return Swept(
        requeued=back[DeliveryState.QUEUED],
        in_doubt=back[DeliveryState.IN_DOUBT],
        suppressed=len(suppressions.stop_waiting(session, actor=CLOCK, now=now)),
        expired=deliveries.expire(session, now=now),
        cancelled=deliveries.cancel_given_back(session, now=now),
    )


def settled(session: Session) -> list[str]:
    """Return the names of releasing mailouts of which nothing waits or is held."""
    releasing = mailouts_in(session, MailoutState.RELEASING)
    return [mailout.name for mailout in releasing if _is_settled(session, mailout)]


def finish(session: Session, name: str, *, now: datetime) -> bool:
    """Move a mailout of which nothing waits any more on to sent."""
    mailout = mailout_named(session, name, is_locked=True)
    if mailout.state is not MailoutState.RELEASING or not _is_settled(session, mailout):
        return False
    mailout.move_to(MailoutState.SENT)
    journal.append(session, Event(now, CLOCK, "mailout.sent", f"mailout:{mailout.name}"))
    return True


def _is_settled(session: Session, mailout: Mailout) -> bool:
    return not deliveries.has_any_in(session, mailout, IN_PROGRESS)
