"""Moving many deliveries at once, each with its event: what time or a person decides."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from dispatch.database.tables import (
    Attempt,
    Delivery,
    Letter,
    Mailout,
)
from dispatch.domain.address import folded
from dispatch.domain.delivery import LEASE_RAN_OUT, LIFE, WAITING, DeliveryState
from dispatch.domain.errors import RuleBroken
from dispatch.domain.ledger import CLOCK, Event
from dispatch.domain.letter import Recipient
from dispatch.domain.mailout import MailoutState
from dispatch.ledger import journal
from dispatch.sending.store import attempts


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


def of_mailout(session: Session, mailout: Mailout, *states: DeliveryState) -> Sequence[Delivery]:
    """Return the deliveries of a mailout, in all states or in these, by authority."""
    query = select(Delivery).where(Delivery.mailout_id == mailout.id)
    if states:
        query = query.where(Delivery.state.in_(states))
    # To stands before Cc: "to" sorts after "cc", so the order is turned round.
    return session.scalars(query.order_by(Delivery.authority_code, Delivery.kind.desc())).all()


def first_delivery(session: Session, letter: Letter) -> Delivery | None:
    """Return the first delivery to the letter's first recipient, once there is one."""
    address_key = folded(letter.draft.recipients[0].address)
    query = select(Delivery).where(
        Delivery.letter_id == letter.id,
        Delivery.address_key == address_key,
        Delivery.mail.is_(None),  # not one with a note of its own
    )
    return session.scalars(query).one_or_none()


def attempts_at(session: Session, delivery_id: UUID) -> Sequence[Attempt]:
    """Return the tries at one delivery, in order."""
    query = select(Attempt).where(Attempt.delivery_id == delivery_id).order_by(Attempt.number)
    return session.scalars(query).all()


def last_replies(session: Session, mailout: Mailout) -> dict[UUID, str | None]:
    """Return the last word on each delivery of a mailout: a server's, or what the line did."""
    query = (
        select(Attempt.delivery_id, Attempt.code, Attempt.text)
        .join(Delivery, Delivery.id == Attempt.delivery_id)
        .where(Delivery.mailout_id == mailout.id)
        .order_by(Attempt.number)
    )
    return {
        delivery_id: f"{code or ''} {text or ''}".strip() or None
        for delivery_id, code, text in session.execute(query)
    }


def has_any_in(session: Session, mailout: Mailout, states: Collection[DeliveryState]) -> bool:
    """Whether a mailout has a delivery in any of these states; quick however many it has."""
    query = select(Delivery.id).where(Delivery.mailout_id == mailout.id, Delivery.state.in_(states))
    return session.scalar(query.limit(1)) is not None


def counts(session: Session, mailout: Mailout) -> dict[DeliveryState, int]:
    """Return how many deliveries of a mailout are in each state."""
    query = (
        select(Delivery.state, func.count())
        .where(Delivery.mailout_id == mailout.id)
        .group_by(Delivery.state)
    )
    return dict(session.execute(query).all())


def next_due_at(session: Session, mailout: Mailout) -> datetime | None:
    """Return when the first of the deliveries that wait is due, or None if none waits."""
    query = select(func.min(Delivery.due_at)).where(
        Delivery.mailout_id == mailout.id, Delivery.state.in_(WAITING)
    )
    return session.scalar(query)


def refuse_purged(session: Session, mailout: Mailout) -> None:
    """Raise `RuleBroken` if a mailout's addresses were taken away: nothing goes again from it."""
    query = select(Delivery.id).where(Delivery.mailout_id == mailout.id, Delivery.address == "")
    if session.scalar(query.limit(1)):
        raise RuleBroken(
            f"the names and addresses of {mailout.name} were taken away since (`dispatch audit "
            f"purge`): nothing of it can be sent again"
        )
