"""Taking work from the database and giving it back: the statements that keep a letter single.

Each is one UPDATE that names the state it starts from, and for a delivery the token of the
claim. No row changed means that somebody else has the work: stop, before the dot.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, or_, select, update
from sqlalchemy.orm import Session

from dispatch.db.models import Delivery, Letter, Mailout
from dispatch.domain.delivery import TRANSITIONS, WAITING, DeliveryState
from dispatch.domain.letter import LetterState
from dispatch.domain.mailout import MailoutState


@dataclass(frozen=True, slots=True)
class Claim:
    """One delivery that a worker holds until its lease runs out, and the proof that it does."""

    delivery_id: UUID
    letter_id: UUID
    token: int
    attempts: int
    not_after: datetime
    created_at: datetime
    address: str


def is_delivery_due(session: Session, *, now: datetime) -> bool:
    """Whether there is a delivery for `claim_deliveries` to take."""
    return session.scalar(_due(now).limit(1)) is not None


def _due(now: datetime) -> Select[UUID]:
    """Return the deliveries that wait and may leave now."""
    return (
        select(Delivery.id)
        .join(Mailout, Mailout.id == Delivery.mailout_id)
        .where(
            Delivery.state.in_(WAITING),
            Delivery.due_at <= now,
            Delivery.not_after > now,
            Mailout.state == MailoutState.RELEASING,
        )
    )


def claim_deliveries(
    session: Session, *, now: datetime, lease_until: datetime, limit: int
) -> list[Claim]:
    """Take up to `limit` due deliveries of releasing mailouts, the longest due first.

    The choice is a CTE: as a plain subquery PostgreSQL may run it again for each row and take
    too many. SQLite needs no row locks, since its transactions begin with the write lock.
    """
    due = (
        _due(now)
        .order_by(Delivery.due_at, Delivery.letter_id, Delivery.id)
        .limit(limit)
        .with_for_update(of=Delivery, skip_locked=True)
        .cte("due")
    )
    taken = (
        update(Delivery)
        .where(Delivery.id.in_(select(due.c.id)))
        .values(
            state=DeliveryState.CLAIMED,
            state_at=now,
            token=Delivery.token + 1,
            attempts=Delivery.attempts + 1,
            lease_until=lease_until,
        )
        .returning(
            Delivery.id,
            Delivery.letter_id,
            Delivery.token,
            Delivery.attempts,
            Delivery.not_after,
            Delivery.created_at,
            Delivery.address,
        )
        .execution_options(synchronize_session=False)
    )
    claims = [Claim(*row) for row in session.execute(taken)]
    # RETURNING keeps no order; letters next to each other share their bytes.
    return sorted(claims, key=lambda claim: (claim.letter_id, claim.delivery_id))


def offer(session: Session, claim: Claim, *, now: datetime, lease_until: datetime) -> bool:
    """Move a claimed delivery to offered; False if it is no longer ours or its mailout stopped."""
    is_releasing = (
        select(Mailout.id)
        .where(Mailout.id == Delivery.mailout_id, Mailout.state == MailoutState.RELEASING)
        .exists()
    )
    return _move(
        session,
        claim,
        DeliveryState.CLAIMED,
        DeliveryState.OFFERED,
        now,
        {"lease_until": lease_until},
        and_(is_releasing, Delivery.not_after > now),
    )


def settle(
    session: Session,
    claim: Claim,
    state: DeliveryState,
    *,
    now: datetime,
    was: DeliveryState,
    values: Mapping[str, Any],
) -> bool:
    """Move a delivery that we hold to the state its attempt led to; False if it is not ours."""
    return _move(session, claim, was, state, now, {"lease_until": None, **values})


def release(session: Session, claims: Sequence[Claim], *, now: datetime) -> None:
    """Give back claims that were not tried; the try does not count."""
    for claim in claims:
        values = {"lease_until": None, "attempts": claim.attempts - 1}
        _move(session, claim, DeliveryState.CLAIMED, DeliveryState.QUEUED, now, values)


def _move(
    session: Session,
    claim: Claim,
    was: DeliveryState,
    state: DeliveryState,
    now: datetime,
    values: Mapping[str, Any],
    *conditions: Any,  # noqa: ANN401 - whatever SQLAlchemy takes as a condition
) -> bool:
    assert state in TRANSITIONS[was]  # noqa: S101 - a step that the table lacks is a bug here
    moved = session.execute(
        update(Delivery)
        .where(
            Delivery.id == claim.delivery_id,
            Delivery.token == claim.token,
            Delivery.state == was,
            *conditions,
        )
        .values(state=state, state_at=now, **values)
        .returning(Delivery.id)
        .execution_options(synchronize_session=False)
    )
    return moved.first() is not None


def is_letter_wanted(session: Session, *, now: datetime) -> bool:
    """Whether there is a letter for `claim_letters` to take."""
    return session.scalar(_wanted(now).limit(1)) is not None


def _wanted(now: datetime) -> Select[Letter]:
    """Return the letters that wait for a renderer and that nobody holds."""
    is_free = or_(Letter.lease_until.is_(None), Letter.lease_until < now)
    return (
        select(Letter)
        .join(Mailout, Mailout.id == Letter.mailout_id)
        .where(Letter.state == LetterState.WANTED, is_free, Mailout.state == MailoutState.DRAFT)
    )


def claim_letters(
    session: Session, *, now: datetime, lease_until: datetime, limit: int
) -> list[tuple[Letter, str | None]]:
    """Take up to `limit` letters to render, each with the digest of the template asked for.

    Fresh ones come together. One whose renderer died comes alone, so that it takes no other
    down with it.
    """
    wanted = (
        _wanted(now)
        .add_columns(Mailout.template_digest)
        .order_by(Letter.attempts, Letter.authority_code)
        .limit(limit)
        .with_for_update(of=Letter, skip_locked=True)
    )
    found = [(letter, template_digest) for letter, template_digest in session.execute(wanted)]
    if found and found[0][0].attempts:
        del found[1:]
    taken = [each for each in found if each[0].attempts == found[0][0].attempts]
    for letter, _ in taken:
        letter.attempts += 1
        letter.lease_until = lease_until
    return taken
