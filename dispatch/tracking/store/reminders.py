"""The reminders of a mailout, and the addresses that they must never go to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select, tuple_, union
from sqlalchemy.orm import Session

from dispatch.database.tables import ContactRow, Delivery, Mailout, Reminder
from dispatch.domain.address import folded
from dispatch.domain.mailout import AWAITING_UPLOAD, CLOSED


def awaiting_upload(session: Session) -> Sequence[Mailout]:
    """Return the mailouts that were released and not yet uploaded or cancelled, oldest first."""
    query = select(Mailout).where(
        Mailout.state.in_(AWAITING_UPLOAD), Mailout.released_at.is_not(None)
    )
    return session.scalars(query.order_by(Mailout.created_at)).all()


def watched(session: Session) -> Sequence[Mailout]:
    """Return the mailouts that something is still to happen with, oldest first."""
    query = select(Mailout).where(Mailout.state.not_in(CLOSED))
    return session.scalars(query.order_by(Mailout.created_at)).all()


def of_slot(
    session: Session, mailout: Mailout, slot_at: datetime, *, is_warning: bool
) -> Reminder | None:
    """Return the reminder for an hour, or the warning for a moment, if there is one."""
    query = select(Reminder).where(
        Reminder.mailout_id == mailout.id,
        Reminder.slot_at == slot_at,
        Reminder.is_warning == is_warning,
    )
    return session.scalars(query).one_or_none()


def last_of_each(session: Session, mailout: Mailout) -> dict[bool, Reminder | None]:
    """Return the reminder of the last hour that was handled, sent or not, and the last warning.

    By whether it is a warning.
    """
    newest = (
        select(Reminder.is_warning, func.max(Reminder.slot_at))
        .where(Reminder.mailout_id == mailout.id)
        .group_by(Reminder.is_warning)
    )
    query = select(Reminder).where(
        Reminder.mailout_id == mailout.id,
        tuple_(Reminder.is_warning, Reminder.slot_at).in_(newest),
    )
    return {False: None, True: None} | {row.is_warning: row for row in session.scalars(query)}


def last_arrived_before(session: Session, mailout: Mailout, slot_at: datetime) -> Reminder | None:
    """Return the last reminder before an hour that a member of staff has, or may have."""
    query = select(Reminder).where(Reminder.mailout_id == mailout.id, ~Reminder.is_warning)
    rows = session.scalars(query.order_by(Reminder.slot_at.desc()))
    return next((row for row in rows if row.may_have_arrived and row.slot_at < slot_at), None)


def addresses_of_others(session: Session, mailout: Mailout) -> frozenset[str]:
    """Return, folded, the address of every contact and of every delivery of the mailout.

    Former contacts are among them: what staff are told about other authorities is not for them.
    """
    query = union(
        select(ContactRow.address),
        select(Delivery.address).where(Delivery.mailout_id == mailout.id),
    )
    return frozenset(map(folded, session.scalars(query)))
