"""Taking work from the database and giving it back: the statements that keep a letter single.

Each is one UPDATE that names the state it starts from, and for a delivery the token of the
claim. No row changed means that somebody else has the work: stop, before the dot.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Integer,
    Select,
    Time,
    Uuid,
    and_,
    bindparam,
    func,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningUpdate

from dispatch.database.metadata import table_of
from dispatch.database.sql import as_list, listed
from dispatch.database.tables import Delivery, Mailout
from dispatch.database.types import AwareDateTime
from dispatch.domain.attempt import Claim
from dispatch.domain.calendar import local
from dispatch.domain.delivery import HELD, LIFE, WAITING, DeliveryState
from dispatch.domain.mailout import MailoutState


def is_delivery_due(session: Session, *, now: datetime) -> bool:
    """Whether there is a delivery for `claim_deliveries` to take."""
    return count_due(session, now=now, most=1) > 0


def count_due(session: Session, *, now: datetime, most: int) -> int:
    """Return how many deliveries there are for `claim_deliveries` to take, counting to `most`."""
    found = _due().limit(most).subquery()
    return session.scalar(select(func.count()).select_from(found), _at(now)) or 0


def _due() -> Select[UUID]:
    """Return the deliveries that wait and may leave at `_at`."""
    now, hour = bindparam("now", type_=AwareDateTime), bindparam("hour", type_=Time)
    is_open = or_(Mailout.opens.is_(None), and_(Mailout.opens <= hour, Mailout.closes > hour))
    return (
        select(Delivery.id)
        .join(Mailout, Mailout.id == Delivery.mailout_id)
        .where(
            Delivery.state.in_(WAITING),
            Delivery.due_at <= now,
            Delivery.not_after > now,
            Mailout.state == MailoutState.RELEASING,
            is_open,
        )
    )


def _at(now: datetime) -> dict[str, Any]:
    return {"now": now, "hour": local(now).time()}


def claim_deliveries(
    session: Session, *, now: datetime, lease_until: datetime, limit: int
) -> list[Claim]:
    """Take up to `limit` due deliveries of releasing mailouts, the longest due first."""
    values = {**_at(now), "lease_until": lease_until, "most": limit}
    claims = [Claim(*row) for row in session.execute(_claiming(), values)]
    # RETURNING keeps no order; letters next to each other share their bytes.
    return sorted(claims, key=lambda claim: (claim.letter_id, claim.delivery_id))


@cache
def _claiming() -> ReturningUpdate[UUID, UUID, UUID, int, int, datetime, str, str, str | None]:
    """Return the statement that takes deliveries, made once.

    The choice is a CTE: as a plain subquery PostgreSQL may run it again for each row and take
    too many. SQLite needs no row locks, since its transactions begin with the write lock.
    """
    table = table_of(Delivery)
    due = (
        _due()
        .order_by(Delivery.due_at, Delivery.letter_id, Delivery.id)
        .limit(bindparam("most", type_=Integer))
        .with_for_update(of=Delivery, skip_locked=True)
        .cte("due")
    )
    return (
        update(table)
        .where(table.c.id.in_(select(due.c.id)))
        .values(
            state=DeliveryState.CLAIMED,
            state_at=bindparam("now"),
            token=table.c.token + 1,
            attempts=table.c.attempts + 1,
            lease_until=bindparam("lease_until"),
        )
        .returning(
            table.c.id,
            table.c.mailout_id,
            table.c.letter_id,
            table.c.token,
            table.c.attempts,
            table.c.created_at,
            table.c.address,
            table.c.name,
            table.c.mail,
        )
    )


def offer(
    session: Session, claims: Sequence[Claim], *, now: datetime, lease_until: datetime
) -> set[Claim]:
    """Move claimed deliveries to offered, and return those for which that held.

    The others are no longer ours, or their mailout stopped, or their time has passed.
    """
    return _move(session, claims, DeliveryState.OFFERED, now, lease_until=lease_until)


def settle(
    session: Session,
    claims: Sequence[Claim],
    state: DeliveryState,
    *,
    now: datetime,
    due_at: datetime | None = None,
) -> set[Claim]:
    """Move deliveries that we hold to the state their attempts led to; return those that moved.

    An acceptance also settles what the clock has put in doubt by now.
    """
    return _move(session, claims, state, now, **({"due_at": due_at} if due_at else {}))


def release(
    session: Session, claims: Sequence[Claim], *, now: datetime, due_at: datetime | None = None
) -> set[Claim]:
    """Give back claims that were not tried; the try does not count. Return those that moved."""
    later = {"due_at": due_at} if due_at else {}
    return _move(session, claims, DeliveryState.QUEUED, now, **later)


def _move(
    session: Session,
    claims: Sequence[Claim],
    state: DeliveryState,
    now: datetime,
    **values: datetime,
) -> set[Claim]:
    if not claims:
        return set()
    moving = _moving(session.get_bind().dialect.name, state, "due_at" in values)
    held = as_list((claim.delivery_id, claim.token) for claim in claims)
    rows = session.execute(moving, {"held": held, "now": now, **values})
    moved = {(delivery_id, token) for delivery_id, token in rows}
    return {claim for claim in claims if (claim.delivery_id, claim.token) in moved}


@cache
def _moving(
    dialect: str,
    state: DeliveryState,
    has_due_at: bool,  # noqa: FBT001 - a part of the cache's key
) -> ReturningUpdate[UUID, int]:
    """Return the statement that moves deliveries we hold to a state, made once for each.

    Making it takes longer than running it, and every letter needs it twice. It is of the table,
    not of the class: the ORM would look for rows that it has loaded.
    """
    table = table_of(Delivery).c
    was = _held_before(state)
    held = listed(dialect, "held", Uuid(), Integer())
    conditions: list[Any] = [tuple_(table.id, table.token).in_(held)]
    values: dict[Any, Any] = {table.state: state, table.state_at: bindparam("now")}
    if has_due_at:
        values[table.due_at] = bindparam("due_at")
    if state is DeliveryState.OFFERED:
        mailout = table_of(Mailout).c
        releasing = select(mailout.id).where(mailout.state == MailoutState.RELEASING)
        conditions += [table.mailout_id.in_(releasing), table.not_after > bindparam("now")]
        values[table.lease_until] = bindparam("lease_until")
    else:
        values[table.lease_until] = None
    if state is DeliveryState.QUEUED:
        values[table.attempts] = table.attempts - 1
    moving = update(table_of(Delivery)).where(table.state.in_(was), *conditions)
    return moving.values(values).returning(table.id, table.token)


def _held_before(state: DeliveryState) -> set[DeliveryState]:
    """Return the states in which a worker holds what it may move to this one."""
    if state in {DeliveryState.OFFERED, DeliveryState.QUEUED}:
        return {DeliveryState.CLAIMED}
    held = HELD | ({DeliveryState.IN_DOUBT} if state is DeliveryState.ACCEPTED else set())
    was = {each for each in held if LIFE.allows(each, state)}
    assert was, f"nothing that is held becomes {state.value}"  # noqa: S101 - else a bug here
    return was
