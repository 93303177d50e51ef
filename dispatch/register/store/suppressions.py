"""Suppressions: addresses that are not to be written to, by a notice or on a person's word.

A notice brings one about for an address that is dead, full for long, or complains.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import distinct, func, select
from sqlalchemy.orm import Session

from dispatch.database.tables import Delivery, IncomingMail, Mailout, NoticeRow, Suppression
from dispatch.domain.delivery import HELD, WAITING, DeliveryState
from dispatch.domain.ledger import WORKER, Event
from dispatch.domain.mailout import CLOSED
from dispatch.domain.notice import Category, Reason
from dispatch.ledger import journal


def suppress(
    session: Session, notice: NoticeRow, delivery: Delivery, *, soft_bounces: int, now: datetime
) -> Suppression | None:
    """Suppress a delivery's address, if its notice is a reason to; None if not, or not again.

    `soft_bounces` is how many deliveries may come back for what may pass.
    """
    why = _why(session, notice, delivery, soft_bounces)
    key = delivery.address_key
    if not why or notice.suppression_id or suppression_of(session, key):
        return None
    row = add(session, key, why, by=WORKER, now=now)
    notice.suppression_id = row.id
    return row


def add(session: Session, address_key: str, reason: str, *, by: str, now: datetime) -> Suppression:
    """Suppress an address."""
    row = Suppression(address=address_key, reason=reason, added_at=now, added_by=by)
    session.add(row)
    session.flush()
    return row


def lift(
    session: Session,
    notice: NoticeRow,
    delivery: Delivery | None,
    *,
    soft_bounces: int,
    now: datetime,
) -> Suppression | None:
    """Lift what a notice brought about and is, read anew, no reason for; None if nothing is."""
    if notice.suppression_id is None:
        return None
    row = session.get_one(Suppression, notice.suppression_id)
    is_same = delivery is not None and delivery.address_key == row.address
    if (
        delivery
        and is_same
        and notice.is_believed
        and _why(session, notice, delivery, soft_bounces)
    ):
        return None
    notice.suppression_id = None
    if row.lifted_at:
        return None
    row.lifted_at, row.lifted_by = now, WORKER
    said = "soft bounce" if notice.counts_against_address else notice.category.value
    row.lifted_because = f"the notice is read as {said} by now"
    return row


def _why(session: Session, notice: NoticeRow, delivery: Delivery, soft_bounces: int) -> str | None:
    if notice.category is Category.COMPLAINT:
        return "complaint"
    if not notice.counts_against_address:
        return None
    reason = (notice.reason or Reason.UNKNOWN).value.replace("_", " ")
    if notice.is_hard:
        return f"hard bounce: {reason}"
    session.flush()
    bounced = bounced_deliveries(session, delivery.address_key)
    return f"{bounced} soft bounces, the last: {reason}" if bounced >= soft_bounces else None


def bounced_deliveries(session: Session, address_key: str) -> int:
    """Return how many deliveries came back that count against an address.

    Not those from before somebody last lifted its suppression.
    """
    lifted_at = session.scalar(
        select(func.max(Suppression.lifted_at)).where(Suppression.address == address_key)
    )
    query = (
        select(func.count(distinct(NoticeRow.delivery_id)))
        .join(Delivery, Delivery.id == NoticeRow.delivery_id)
        .join(IncomingMail, IncomingMail.id == NoticeRow.mail_id)
        .where(
            Delivery.address_key == address_key,
            NoticeRow.is_believed,
            NoticeRow.counts_against_address,
        )
    )
    if lifted_at is not None:
        query = query.where(IncomingMail.received_at > lifted_at)
    return session.scalar(query) or 0


def suppression_of(session: Session, address_key: str) -> Suppression | None:
    """Return the suppression of an address that holds, or None."""
    query = select(Suppression).where(
        Suppression.address == address_key, Suppression.lifted_at.is_(None)
    )
    return session.scalars(query.limit(1)).one_or_none()


def listed(session: Session, *, is_all: bool = False) -> Sequence[Suppression]:
    """Return the suppressions that hold, or with those that were lifted, as they were added."""
    query = select(Suppression).order_by(Suppression.added_at, Suppression.address)
    if not is_all:
        query = query.where(Suppression.lifted_at.is_(None))
    return session.scalars(query).all()


def holding(session: Session, address_key: str) -> Sequence[Suppression]:
    """Return, locked, the suppressions of an address that hold; two at once may each add one."""
    return session.scalars(
        select(Suppression)
        .where(Suppression.address == address_key, Suppression.lifted_at.is_(None))
        .order_by(Suppression.added_at)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()


def stop_waiting(
    session: Session, *, actor: str, now: datetime, address_key: str | None = None
) -> list[Delivery]:
    """End what waits to go to an address that is suppressed, or to any, and return it.

    What a worker holds is left to it.
    """
    barred = select(Suppression.address).where(Suppression.lifted_at.is_(None))
    query = select(Delivery).where(Delivery.state.in_(WAITING), Delivery.address_key.in_(barred))
    if address_key is not None:
        query = query.where(Delivery.address_key == address_key)
    found = session.scalars(
        query.order_by(Delivery.id).with_for_update().execution_options(populate_existing=True)
    ).all()
    for delivery in found:
        delivery.move_to(DeliveryState.SUPPRESSED, now)
    events = (Event(now, actor, "delivery.suppressed", f"delivery:{each.id}") for each in found)
    journal.append_all(session, events)
    return list(found)


def held(session: Session, address_key: str) -> int:
    """Return how many letters to an address a worker holds at this moment."""
    query = select(func.count()).where(
        Delivery.address_key == address_key, Delivery.state.in_(HELD)
    )
    return session.scalar(query) or 0


def unsent(session: Session, address_key: str) -> list[tuple[str, Delivery]]:
    """Return what was not sent since an address was suppressed, with the names of its mailouts.

    Only where the letter may still be wanted: the mailout is neither uploaded nor cancelled.
    """
    query = (
        select(Mailout.name, Delivery)
        .join(Mailout, Mailout.id == Delivery.mailout_id)
        .where(
            Delivery.address_key == address_key,
            Delivery.state == DeliveryState.SUPPRESSED,
            Mailout.state.not_in(CLOSED),
        )
        .order_by(Mailout.name, Delivery.authority_code)
    )
    return [(name, delivery) for name, delivery in session.execute(query)]
