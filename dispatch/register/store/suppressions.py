"""Suppressions: addresses that must not be written to, and the letters that they hold back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Select, distinct, func, select, tuple_
from sqlalchemy.orm import Session

from dispatch.database.sql import is_in
from dispatch.database.tables import Delivery, IncomingMail, Mailout, NoticeRow, Suppression
from dispatch.domain.delivery import HELD, WAITING, DeliveryState
from dispatch.domain.errors import NotFound
from dispatch.domain.mailout import CLOSED
from dispatch.domain.remedy import Remedy, RemedyKind


def suppressed(session: Session) -> frozenset[str]:
    """Return the suppressed addresses, folded."""
    query = select(Suppression.address).where(Suppression.lifted_at.is_(None))
    return frozenset(session.scalars(query))


def suppression_of(session: Session, address_key: str) -> Suppression | None:
    """Return the suppression of an address that has not been lifted, or None."""
    query = select(Suppression).where(
        Suppression.address == address_key, Suppression.lifted_at.is_(None)
    )
    return session.scalars(query.limit(1)).one_or_none()


def listed(session: Session, *, is_all: bool = False) -> Sequence[Suppression]:
    """Return the suppressions, oldest first; those that were lifted only if `is_all`."""
    query = select(Suppression).order_by(Suppression.added_at, Suppression.address)
    if not is_all:
        query = query.where(Suppression.lifted_at.is_(None))
    return session.scalars(query).all()


def page(
    session: Session, *, after: UUID | None, limit: int, is_all: bool = False
) -> Sequence[Suppression]:
    """Return some suppressions, the newest first: those that are older than `after`."""
    order = tuple_(Suppression.added_at, Suppression.id)
    query = select(Suppression).order_by(Suppression.added_at.desc(), Suppression.id.desc())
    if not is_all:
        query = query.where(Suppression.lifted_at.is_(None))
    if last := session.get(Suppression, after) if after else None:
        query = query.where(order < tuple_(last.added_at, last.id))
    return session.scalars(query.limit(limit)).all()


def one(session: Session, suppression_id: UUID) -> Suppression:
    """Return a suppression. Raises `NotFound`."""
    if row := session.get(Suppression, suppression_id):
        return row
    raise NotFound("there is no such suppression", remedy=Remedy(kind=RemedyKind.SUPPRESSIONS))


def unlifted(session: Session, address_key: str) -> Sequence[Suppression]:
    """Return the suppressions of an address that have not been lifted, oldest first."""
    return session.scalars(_unlifted(address_key)).all()


def _unlifted(address_key: str) -> Select[Suppression]:
    return (
        select(Suppression)
        .where(Suppression.address == address_key, Suppression.lifted_at.is_(None))
        .order_by(Suppression.added_at, Suppression.id)
    )


def locked(session: Session, address_key: str) -> Sequence[Suppression]:
    """Return the suppressions of an address that have not been lifted, locked.

    There may be several: two transactions at once may each add one.
    """
    afresh = _unlifted(address_key).with_for_update().execution_options(populate_existing=True)
    return session.scalars(afresh).all()


def add(session: Session, address_key: str, reason: str, *, by: str, now: datetime) -> Suppression:
    """Add the suppression of an address."""
    row = Suppression(address=address_key, reason=reason, added_at=now, added_by=by)
    session.add(row)
    session.flush()
    return row


MOST_STOPPED: Final = 1_000
"""Deliveries to suppressed addresses that are stopped in one transaction."""


def waiting(session: Session, address_key: str | None = None) -> Sequence[Delivery]:
    """Return, locked, the deliveries that wait to go to an address, or to any suppressed one."""
    barred = select(Suppression.address).where(Suppression.lifted_at.is_(None))
    query = select(Delivery).where(
        is_in(Delivery.state, *WAITING),
        Delivery.address_key.in_(barred)
        if address_key is None
        else Delivery.address_key == address_key,
    )
    if address_key is None:
        query = query.limit(MOST_STOPPED)
    # Locked and read afresh: a worker that has claimed one in the meantime keeps it.
    return session.scalars(
        query.order_by(Delivery.id).with_for_update().execution_options(populate_existing=True)
    ).all()


def held(session: Session, address_key: str) -> int:
    """Return how many deliveries to an address are claimed by a worker now."""
    query = select(func.count()).where(
        Delivery.address_key == address_key, Delivery.state.in_(HELD)
    )
    return session.scalar(query) or 0


def unsent(session: Session, address_key: str) -> list[tuple[str, Delivery]]:
    """Return the deliveries that a suppression stopped, each with the name of its mailout.

    Only those that may still be wanted: not of a mailout that is uploaded or cancelled.
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


def bounced_deliveries(session: Session, address_key: str) -> int:
    """Return how many deliveries to an address came back in a way that counts against it.

    Only those since a suppression of it was last lifted.
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
