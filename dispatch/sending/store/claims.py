"""Claim and release deliveries: the guarded UPDATEs that stop a letter being sent twice.

Each is one statement that names the states it starts from, and the token of the claim. If it
changes no row, the worker no longer holds the delivery and must stop, before the final dot.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    String,
    Uuid,
    and_,
    bindparam,
    func,
    select,
    tuple_,
    type_coerce,
    update,
)
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningUpdate

from dispatch.database.metadata import table_of
from dispatch.database.sql import as_list, is_any, is_in, listed, unindexed
from dispatch.database.tables import Delivery, Mailout
from dispatch.database.types import AwareDateTime
from dispatch.domain.delivery import HELD, LIFE, WAITING, DeliveryState
from dispatch.domain.mailout import MailoutState
from dispatch.domain.sending.attempt import Claim
from dispatch.mailouts.store import open_mailouts


def count_due(session: Session, *, now: datetime, most: int) -> int:
    """Return how many deliveries `claim_deliveries` could claim, up to `most`."""
    if not (mailouts := open_mailouts(session, now=now)):
        return 0
    found = _due(session.get_bind().dialect.name).limit(most).subquery()
    values = {"now": now, "mailouts": as_list((each,) for each in mailouts)}
    return session.scalar(select(func.count()).select_from(found), values) or 0


def _due(dialect: str) -> Select[UUID]:
    """Return the deliveries that wait, and may leave `now` since their mailout is in `mailouts`."""
    now = bindparam("now", type_=AwareDateTime)
    releasing = select(Mailout.id).where(
        Mailout.state == MailoutState.RELEASING,
        Mailout.id.in_(listed(dialect, "mailouts", Uuid())),
    )
    return select(Delivery.id).where(
        is_in(Delivery.state, *WAITING),
        Delivery.due_at <= now,
        Delivery.not_after > now,
        # Deliveries are found in the order of an index, as many as are claimed. By the index of
        # mailouts, all that wait would be read for each batch, and sorted.
        is_any(dialect, unindexed(Delivery.mailout_id), releasing),
    )


def claim_deliveries(
    session: Session, *, now: datetime, lease_until: datetime, limit: int
) -> list[Claim]:
    """Claim up to `limit` due deliveries of releasing mailouts, those due longest first.

    Each gets a lease and a new token, and the attempt is counted.
    """
    if not (mailouts := open_mailouts(session, now=now)):
        return []
    claiming = _claiming(session.get_bind().dialect.name)
    values = {"mailouts": as_list((each,) for each in mailouts), "lease_until": lease_until}
    rows = session.execute(claiming, {**values, "now": now, "most": limit})
    claims = [Claim(*row) for row in rows.all()]
    # RETURNING promises no order; deliveries of one letter side by side load its bytes once.
    return sorted(claims, key=lambda claim: (claim.letter_id, claim.delivery_id))


@cache
def _claiming(dialect: str) -> ReturningUpdate[*tuple[Any, ...]]:
    """Return the statement that claims deliveries. It is compiled once for each dialect."""
    # The choice must be a CTE: PostgreSQL may run a plain subquery again for each row, and then
    # claims more than the limit. SKIP LOCKED lets workers claim side by side on PostgreSQL; on
    # SQLite there is no row lock, and none is needed: transactions begin with the write lock.
    table = table_of(Delivery)
    due = (
        _due(dialect)
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
            table.c.about_us,
            type_coerce(table.c.kind, String),  # it may be anything in a row that was tampered with
            table.c.role,
            table.c.replaces_id,
            table.c.not_after,
            table.c.sent_as,
            table.c.mac,
        )
    )


def claim_of(row: Delivery) -> Claim:
    """Return what the last claim of a delivery was, to put its message together again."""
    fields = Claim.__dataclass_fields__.keys() - {"delivery_id", "number", "kind"}
    same = {name: getattr(row, name) for name in fields}
    return Claim(delivery_id=row.id, number=row.attempts, kind=row.kind.value, **same)


def offer(
    session: Session, claims: Sequence[Claim], *, now: datetime, lease_until: datetime
) -> set[Claim]:
    """Mark claimed deliveries as offered; return the claims whose final dot may follow.

    The others are no longer held, their mailout has stopped or their not-after time has passed.
    """
    return _move(session, claims, DeliveryState.OFFERED, now, lease_until=lease_until)


def settle(
    session: Session,
    claims: Sequence[Claim],
    state: DeliveryState,
    *,
    now: datetime,
    due_at: datetime | None = None,
    is_about_us: bool = False,
) -> set[Claim]:
    """Move held deliveries to the state that their attempts led to; return those that moved.

    An acceptance also settles a delivery that the clock has put in doubt in the meantime. An
    attempt about us does not make the waits longer.
    """
    return _move(session, claims, state, now, due_at=due_at, is_about_us=is_about_us)


def release(
    session: Session, claims: Sequence[Claim], *, now: datetime, due_at: datetime | None = None
) -> set[Claim]:
    """Release claims that were not tried, and uncount the attempt; return those that moved."""
    return _move(session, claims, DeliveryState.QUEUED, now, due_at=due_at)


def _move(
    session: Session,
    claims: Sequence[Claim],
    state: DeliveryState,
    now: datetime,
    *,
    is_about_us: bool = False,
    **times: datetime | None,
) -> set[Claim]:
    if not claims:
        return set()
    values = {name: at for name, at in times.items() if at is not None}
    moving = _moving(session.get_bind().dialect.name, state, "due_at" in values, is_about_us)
    held = as_list((claim.delivery_id, claim.token) for claim in claims)
    rows = session.execute(moving, {"held": held, "now": now, **values})
    moved = {(delivery_id, token) for delivery_id, token in rows}
    return {claim for claim in claims if (claim.delivery_id, claim.token) in moved}


@cache
def _moving(
    dialect: str,
    state: DeliveryState,
    has_due_at: bool,  # noqa: FBT001 - a part of the cache's key
    is_about_us: bool,  # noqa: FBT001 - the same
) -> ReturningUpdate[UUID, int]:
    """Return the statement that moves held deliveries to a state. It is compiled once for each.

    Compiling takes longer than running, and every letter needs two of these. In Core, since the
    ORM would look for the rows among those it has loaded.
    """
    table = table_of(Delivery).c
    held = listed(dialect, "held", Uuid(), Integer())
    # The guard. A worker that was frozen until its lease ran out finds its delivery in another
    # state, or claimed by another worker under a higher token: no row matches, and it must stop.
    is_ours = tuple_(table.id, table.token).in_(held)
    values: dict[Any, Any] = {table.state: state, table.state_at: bindparam("now")}
    if has_due_at:
        values[table.due_at] = bindparam("due_at")
    is_offer = state is DeliveryState.OFFERED
    values[table.lease_until] = bindparam("lease_until") if is_offer else None
    if is_about_us:
        values[table.about_us] = table.about_us + 1
    if state is DeliveryState.QUEUED:
        values[table.attempts] = table.attempts - 1  # nothing was tried
    moving = update(table_of(Delivery)).where(is_ours, may_become(state))
    return moving.values(values).returning(table.id, table.token)


def may_become(state: DeliveryState) -> ColumnElement[bool]:
    """Return the condition that a worker may move the delivery that it holds to this state, `now`.

    Raises `AssertionError` for a state that nothing that is held becomes.
    """
    table = table_of(Delivery).c
    is_held = is_in(table.state, *_held_before(state))
    if state is not DeliveryState.OFFERED:
        return is_held
    # The last moment at which a pause, a cancellation or the not-after time can stop a letter: once
    # this is committed the dot may leave.
    mailout, now = table_of(Mailout).c, bindparam("now", type_=AwareDateTime)
    releasing = select(mailout.id).where(mailout.state == MailoutState.RELEASING)
    return and_(is_held, table.mailout_id.in_(releasing), table.not_after > now)


def _held_before(state: DeliveryState) -> set[DeliveryState]:
    """Return the states from which a worker may move a delivery to this one."""
    if state in {DeliveryState.OFFERED, DeliveryState.QUEUED}:
        return {DeliveryState.CLAIMED}
    held = HELD | ({DeliveryState.IN_DOUBT} if state is DeliveryState.ACCEPTED else set())
    was = {each for each in held if LIFE.allows(each, state)}
    assert was, f"nothing that is held becomes {state.value}"  # noqa: S101 - else a bug here
    return was
