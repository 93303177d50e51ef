"""Which accepted deliveries have a copy in the Sent folder, and who may put copies there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import Select, exists, func, or_, select, update
from sqlalchemy.orm import Session

from dispatch.database.sql import insert_into, is_in
from dispatch.database.tables import Attempt, Delivery, Mailout, SentCopy, SentFolder
from dispatch.domain.delivery import EVER_ACCEPTED
from dispatch.domain.mailout import CLOSED
from dispatch.domain.reply import Verdict
from dispatch.domain.sending.attempt import Claim
from dispatch.sending.store.claims import claim_of

FAR_AHEAD: Final = timedelta(hours=1)
"""What holds for longer than this was written before the clock went back."""


def take(session: Session, name: str, *, now: datetime, until: datetime) -> bool:
    """Let the caller alone put copies into a folder until then; False if it is not to do so now.

    Another may be at it, or the next try after trouble is not due.
    """
    row = {"name": name, "looked_at": now, "troubles": 0}
    session.execute(insert_into(session, SentFolder).on_conflict_do_nothing(), [row])
    taken = session.execute(
        update(SentFolder)
        .where(
            SentFolder.name == name,
            *(
                or_(column.is_(None), column <= now, column > now + FAR_AHEAD)
                for column in (SentFolder.held_until, SentFolder.next_try_at)
            ),
        )
        .values(looked_at=now, held_until=until)
        .returning(SentFolder.name)
        .execution_options(synchronize_session=False)
    )
    return taken.first() is not None


def give_back(session: Session, name: str) -> SentFolder:
    """Let others put copies there; return the folder's row, to note how it went."""
    row = session.get_one(SentFolder, name, with_for_update=True)
    row.held_until = None
    return row


def missing(session: Session, *, most: int) -> list[UUID]:
    """Return accepted deliveries without a copy, of mailouts that are not closed.

    Those of a mailout are looked for only if it has fewer copies than accepted deliveries, which
    two indexes tell: a delivery that was accepted once stays so.
    """
    found: list[UUID] = []
    for mailout_id in session.scalars(select(Mailout.id).where(Mailout.state.not_in(CLOSED))):
        copied, accepted = counts(session, mailout_id)
        if copied < accepted and len(found) < most:
            query = _without_copy(mailout_id).limit(most - len(found))
            found += session.scalars(query)
    return found


def _without_copy(mailout_id: UUID) -> Select[UUID]:
    has_copy = exists().where(SentCopy.delivery_id == Delivery.id)
    is_accepted = is_in(Delivery.state, *EVER_ACCEPTED)
    return select(Delivery.id).where(Delivery.mailout_id == mailout_id, is_accepted, ~has_copy)


def counts(session: Session, mailout_id: UUID) -> tuple[int, int]:
    """Return how many copies of a mailout there are, and how many of its letters were accepted."""
    copied = select(func.count()).where(SentCopy.mailout_id == mailout_id)
    accepted = select(func.count()).where(
        Delivery.mailout_id == mailout_id, is_in(Delivery.state, *EVER_ACCEPTED)
    )
    return session.scalar(copied) or 0, session.scalar(accepted) or 0


@dataclass(frozen=True, slots=True)
class Sent:
    """A delivery that was accepted."""

    claim: Claim
    accepted_at: datetime
    signature: str | None
    """That its message had (DKIM); None if we did not sign it."""


def sent(session: Session, delivery_id: UUID) -> Sent:
    """Return an accepted delivery, with the moment at which its server took it.

    Of one that was in doubt that is the end of the last attempt, which may have been the one.
    """
    row = session.get_one(Delivery, delivery_id)
    offered: Sequence[Attempt] = session.scalars(
        select(Attempt)
        .where(Attempt.delivery_id == delivery_id, Attempt.offered_at.is_not(None))
        .order_by(Attempt.number)
    ).all()
    taken = [each for each in offered if each.verdict == Verdict.ACCEPTED.value] or offered
    if not taken:  # a person said so of one that was never offered, as far as we know
        return Sent(claim_of(row), row.state_at, None)
    last = taken[-1]
    return Sent(claim_of(row), last.ended_at or last.offered_at or row.state_at, last.signature)


def note(session: Session, copy: SentCopy) -> None:
    """Record that a copy lies there; one that is on record already stays as it is."""
    values = {
        name: getattr(copy, name)
        for name in ("delivery_id", "mailout_id", "at", "uidvalidity", "uid")
    }
    session.execute(insert_into(session, SentCopy).on_conflict_do_nothing(), [values])


def find(session: Session, name: str) -> SentFolder | None:
    """Return what is known about a folder; None if no worker has looked yet."""
    return session.get(SentFolder, name)
