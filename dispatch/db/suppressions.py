"""Suppressions that a notice brings about: addresses that are dead, full for long, or complain."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import distinct, func, select
from sqlalchemy.orm import Session

from dispatch.db.models import Delivery, IncomingMail, NoticeRow, Suppression
from dispatch.domain.ledger import WORKER
from dispatch.domain.notice import Category, Reason


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
    row = Suppression(address=key, reason=why, added_at=now, added_by=WORKER)
    session.add(row)
    session.flush()
    notice.suppression_id = row.id
    return row


def lift(session: Session, notice: NoticeRow, *, now: datetime) -> Suppression | None:
    """Lift what a notice brought about and is, read anew, no reason for; None if nothing is."""
    is_reason = notice.category is Category.COMPLAINT or notice.counts_against_address
    if notice.suppression_id is None or (is_reason and notice.is_believed):
        return None
    row = session.get_one(Suppression, notice.suppression_id)
    notice.suppression_id = None
    if row.lifted_at:
        return None
    row.lifted_at, row.lifted_by = now, WORKER
    row.lifted_because = f"the notice is read as {notice.category.value} by now"
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
