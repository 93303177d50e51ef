"""Moving many deliveries at once, each with its event: what time or a person decides."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from dispatch.db import attempts, journal
from dispatch.db.models import Delivery, Mailout
from dispatch.domain.delivery import LEASE_RAN_OUT, TRANSITIONS, WAITING, DeliveryState
from dispatch.domain.ledger import CLOCK, Event
from dispatch.domain.mailout import MailoutState


def cancel_waiting(session: Session, mailout: Mailout, *, actor: str, now: datetime) -> int:
    """Cancel what waits in one mailout; return how many."""
    return _move(
        session,
        WAITING,
        DeliveryState.CANCELLED,
        [Delivery.mailout_id == mailout.id],
        actor=actor,
        now=now,
    )


def cancel_given_back(session: Session, *, now: datetime) -> int:
    """Cancel what waits in any cancelled mailout: a worker held it when a person said stop."""
    cancelled = select(Mailout.id).where(Mailout.state == MailoutState.CANCELLED)
    condition = Delivery.mailout_id.in_(cancelled)
    return _move(session, WAITING, DeliveryState.CANCELLED, [condition], actor=CLOCK, now=now)


def expire(session: Session, *, now: datetime) -> int:
    """End what still waits past its not-after time; return how many."""
    condition = Delivery.not_after <= now
    return _move(session, WAITING, DeliveryState.EXPIRED, [condition], actor=CLOCK, now=now)


def take_back(session: Session, *, now: datetime) -> dict[DeliveryState, int]:
    """Move on what vanished workers held; return how many went where.

    Before the dot nothing can have been accepted, so it queues again. After it nobody knows:
    the attempt is written down for the worker, as the evidence there is.
    """
    lost = attempts.vanished(session, now=now)
    conditions = {
        DeliveryState.CLAIMED: Delivery.lease_until < now,
        DeliveryState.OFFERED: Delivery.id.in_(lost),
    }
    return {
        then: _move(session, {held}, then, [conditions[held]], actor=CLOCK, now=now)
        for held, then in LEASE_RAN_OUT.items()
    }


def _move(
    session: Session,
    states: Sequence[DeliveryState] | frozenset[DeliveryState] | set[DeliveryState],
    then: DeliveryState,
    conditions: Sequence[ColumnElement[bool]],
    *,
    actor: str,
    now: datetime,
) -> int:
    assert all(then in TRANSITIONS[state] for state in states)  # noqa: S101 - else a bug here
    moved = session.execute(
        update(Delivery)
        .where(Delivery.state.in_(states), *conditions)
        .values(state=then, state_at=now, lease_until=None)
        .returning(Delivery.id)
        .execution_options(synchronize_session=False)
    )
    ids = list(moved.scalars())
    journal.append_all(
        session,
        (Event(now, actor, f"delivery.{then.value}", f"delivery:{each}") for each in ids),
    )
    return len(ids)
