"""Deliveries in doubt: which there are, and the statements that settle them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import and_, select, update
from sqlalchemy.orm import Session

from dispatch.database import sql
from dispatch.database.tables import Attempt, Delivery, Mailout
from dispatch.domain.delivery import LIFE, MAYBE_ACCEPTED, DeliveryState
from dispatch.domain.errors import NotFound
from dispatch.domain.reply import Verdict

# To stands before Cc: "to" sorts after "cc", so the order is turned round.
IN_ORDER: Final = (Delivery.authority_code, Delivery.kind.desc(), Delivery.id)


def in_doubt(
    session: Session, mailout: Mailout | None = None
) -> Sequence[tuple[Delivery, Attempt | None]]:
    """Return what is in doubt in one mailout, or in all, each with its last attempt."""
    last = and_(Attempt.delivery_id == Delivery.id, Attempt.number == Delivery.attempts)
    query = (
        select(Delivery, Attempt)
        .outerjoin(Attempt, last)
        .where(Delivery.state == DeliveryState.IN_DOUBT)
        .order_by(*IN_ORDER)
    )
    if mailout:
        query = query.where(Delivery.mailout_id == mailout.id)
    return [(delivery, attempt) for delivery, attempt in session.execute(query)]


def denied(session: Session, mailout: Mailout | None = None) -> Sequence[Delivery]:
    """Return what was in doubt until a person said that it was not sent.

    It may have ended since, or wait to be sent again; a late reply may say that it was accepted.
    """
    told = (Verdict.IN_DOUBT.value, Verdict.ACCEPTED.value)
    doubted = select(Attempt.delivery_id).where(Attempt.verdict.in_(told))
    query = (
        select(Delivery)
        .where(Delivery.state.not_in(MAYBE_ACCEPTED), Delivery.id.in_(doubted))
        .order_by(*IN_ORDER)
    )
    if mailout:
        query = query.where(Delivery.mailout_id == mailout.id)
    return session.scalars(query).all()


def accept(session: Session, delivery_id: UUID, *, now: datetime) -> bool:
    """Move one delivery from in doubt to accepted; False if it is not in doubt."""
    doubt, accepted = DeliveryState.IN_DOUBT, DeliveryState.ACCEPTED
    LIFE.check([doubt], accepted)
    moved = session.execute(
        update(Delivery)
        .where(Delivery.id == delivery_id, Delivery.state == doubt)
        .values(state=accepted, state_at=now, lease_until=None)
        .returning(Delivery.id)
        .execution_options(synchronize_session=False)
    )
    return moved.first() is not None


def with_mailout(
    session: Session, delivery_id: UUID, *, is_locked: bool = False
) -> tuple[Delivery, Mailout]:
    """Return a delivery and its mailout, or raise `NotFound`.

    Locked, both stay as they are until the caller's transaction ends, and are read afresh: the
    mailout first, as whoever moves a mailout's deliveries does.
    """
    mailout = select(Mailout).join(Delivery, Delivery.mailout_id == Mailout.id)
    mailout = mailout.where(Delivery.id == delivery_id)
    delivery = select(Delivery).where(Delivery.id == delivery_id)
    if is_locked:
        afresh = {"populate_existing": True}
        mailout = mailout.with_for_update(of=Mailout).execution_options(**afresh)
        delivery = delivery.with_for_update().execution_options(**afresh)
    found = session.scalars(mailout).one_or_none()
    if found is None:
        raise NotFound(f"there is no delivery {delivery_id}")
    return session.scalars(delivery).one(), found


def delivery_id_of(session: Session, beginning: str) -> UUID:
    """Return the id of the one delivery that starts like that; see `sql.id_starting_with`."""
    see = "`dispatch delivery doubtful NAME` for those in doubt"
    return sql.id_starting_with(session, Delivery.id, beginning, what="delivery", see=see)
