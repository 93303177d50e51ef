"""Moving many deliveries at once, each with its event: what time or a person decides."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from dispatch.db import attempts, journal
from dispatch.db.models import Delivery, Letter, Mailout
from dispatch.domain.address import folded
from dispatch.domain.delivery import LEASE_RAN_OUT, LIFE, WAITING, DeliveryState
from dispatch.domain.ledger import CLOCK, Event
from dispatch.domain.letter import Recipient
from dispatch.domain.mailout import MailoutState


def addressed(  # noqa: PLR0913 - what goes where, from when until when, after which, with what note
    letter: Letter,
    recipient: Recipient,
    suppressed: frozenset[str],
    *,
    now: datetime,
    not_after: datetime,
    replaces_id: UUID | None = None,
    mail: str | None = None,
) -> Delivery:
    """Return a new delivery of a letter: queued, or suppressed if its address is."""
    key = folded(recipient.address)
    return Delivery(
        id=uuid4(),
        mailout_id=letter.mailout_id,
        letter_id=letter.id,
        authority_code=letter.authority_code,
        kind=recipient.kind,
        role=recipient.role,
        address=recipient.address,
        address_key=key,
        name=recipient.name,
        state=DeliveryState.SUPPRESSED if key in suppressed else DeliveryState.QUEUED,
        created_at=now,
        due_at=now,
        not_after=not_after,
        state_at=now,
        replaces_id=replaces_id,
        mail=mail,
    )


def add(session: Session, rows: Sequence[Delivery], *, actor: str) -> None:
    """Add new deliveries, each with its event."""
    session.add_all(rows)
    session.flush()
    journal.append_all(session, (_added(row, actor) for row in rows))


def _added(row: Delivery, actor: str) -> Event:
    detail = {"authority": row.authority_code, "role": row.role, "letter": str(row.letter_id)}
    if row.replaces_id:
        detail["replaces"] = str(row.replaces_id)
    action = f"delivery.{row.state.value}"
    return Event(row.created_at, actor, action, f"delivery:{row.id}", detail)


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


def cancel_letter(session: Session, letter_id: UUID, *, actor: str, now: datetime) -> int:
    """Cancel what waits of one letter; return how many."""
    condition = Delivery.letter_id == letter_id
    return _move(session, WAITING, DeliveryState.CANCELLED, [condition], actor=actor, now=now)


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
    LIFE.check(states, then)
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
