"""Notices that wait for conclusions, and what these rest on."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.database.tables import Delivery, NoticeRow
from dispatch.domain.delivery import MAYBE_ACCEPTED
from dispatch.domain.errors import NotFound
from dispatch.domain.notice import Action


def next_due(session: Session, *, now: datetime, only: UUID | None = None) -> NoticeRow | None:
    """Return one notice to draw conclusions from, locked, or None; no two workers get the same."""
    query = select(NoticeRow).where(NoticeRow.due_at <= now)
    if only is not None:
        query = query.where(NoticeRow.mail_id == only)
    query = query.order_by(NoticeRow.due_at, NoticeRow.mail_id).limit(1)
    return session.scalars(query.with_for_update(skip_locked=True)).one_or_none()


def due_ids(session: Session, *, now: datetime, limit: int) -> Sequence[UUID]:
    """Return the mails whose notices wait for conclusions, the first to wait first."""
    query = select(NoticeRow.mail_id).where(NoticeRow.due_at <= now)
    return session.scalars(query.order_by(NoticeRow.due_at, NoticeRow.mail_id).limit(limit)).all()


def is_due(session: Session, *, now: datetime) -> bool:
    """Whether there are conclusions to draw."""
    query = select(NoticeRow.mail_id).where(NoticeRow.due_at <= now).limit(1)
    return session.scalar(query) is not None


def delivery_locked(session: Session, delivery_id: UUID) -> Delivery | None:
    """Return a delivery as it is now, locked until the commit; None if there is none."""
    query = select(Delivery).where(Delivery.id == delivery_id).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def likely(
    session: Session, addresses: Collection[str], *, at: datetime, window: timedelta
) -> UUID | None:
    """Return the one delivery that a server took for any of these addresses in the time before.

    None if there is none, or more than one.
    """
    query = (
        select(Delivery.id)
        .where(
            Delivery.address_key.in_(addresses),
            Delivery.state.in_(MAYBE_ACCEPTED),
            Delivery.created_at <= at,
            Delivery.state_at >= at - window,
        )
        .limit(2)
    )
    found = session.scalars(query).all() if addresses else []
    return found[0] if len(found) == 1 else None


def has_action(session: Session, delivery_id: UUID, action: Action) -> bool:
    """Whether a believed notice has said this of a delivery."""
    query = select(NoticeRow.mail_id).where(
        NoticeRow.delivery_id == delivery_id, NoticeRow.action == action, NoticeRow.is_believed
    )
    return session.scalar(query.limit(1)) is not None


def of_mail(session: Session, mail_id: UUID) -> NoticeRow:
    """Return what a mail was read as, locked, or raise `NotFound`."""
    if row := session.get(NoticeRow, mail_id, with_for_update=True):
        return row
    raise NotFound("that mail has not been read: see `dispatch notice quarantine`")
