"""Record attempts, many in one statement. Recording one again changes nothing.

In Core and not through the ORM, since every letter passes here: a row costs 0.03 ms where 50 share
a statement, and 1.4 ms through the ORM. On PostgreSQL all that a commit has is one statement: to
ask it costs a worker as much as a third of a letter, and it was asked four times.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID, uuid4

import orjson
from sqlalchemy import (
    CTE,
    JSON,
    ColumnClause,
    Integer,
    Select,
    String,
    Uuid,
    and_,
    any_,
    bindparam,
    case,
    cast,
    column,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from dispatch.database.metadata import table_of
from dispatch.database.sql import insert_for, insert_into, insert_many, is_in, many, run_as_spelled
from dispatch.database.tables import Attempt, Delivery, EventRow
from dispatch.database.types import AwareDateTime
from dispatch.domain.delivery import AFTER_ATTEMPT, HELD, DeliveryState
from dispatch.domain.proof.ledger import WORKER, Event
from dispatch.domain.replies.meanings import Whose
from dispatch.domain.reply import Verdict
from dispatch.domain.sending.attempt import Claim, Tried
from dispatch.domain.sending.envelope import envid
from dispatch.ledger import catalogue, events, journal
from dispatch.ledger.kinds import Kind
from dispatch.sending.store import claims

VANISHED = "its worker vanished after it was offered; no reply is known"
"""The text of an attempt that the clock recorded, until a late reply takes its place."""


def record(
    session: Session,
    tried: Sequence[Tried],
    *,
    now: datetime,
    asking: Sequence[Claim] = (),
    lease_until: datetime | None = None,
) -> set[Claim]:
    """Record attempts, move their deliveries on, and append the events; mark claims as offered.

    Returns those of the claims `asking` whose final dot may follow, which `lease_until` is for: see
    `claims.offer`. Safe to repeat. If the lease ran out before the server replied, the clock has
    already put the delivery in doubt: an acceptance settles that, and any other reply stays with
    the attempt for a person to see.
    """
    if not asking and not tried:
        return set()
    write = _write_at_once if _dialect(session) == "postgresql" else _write
    moved = write(session, asking, tried, now, lease_until or now)
    # Of these only RETURNING tells which are new. Those that moved are known to be.
    late = [each for each in tried if each.claim not in moved]
    late = [each for each in late if _is_news(session, each)]
    journal.append_all(session, (_event(events.DELIVERY_LATE_REPLY, each, now) for each in late))
    return moved.intersection(asking)


def _write(
    session: Session,
    asking: Sequence[Claim],
    tried: Sequence[Tried],
    now: datetime,
    lease_until: datetime,
) -> set[Claim]:
    """Mark and record on SQLite; return the claims whose deliveries moved."""
    offered = claims.offer(session, asking, now=now, lease_until=lease_until)
    moved = _move(session, tried, now)
    if fresh := [each for each in tried if each.claim in moved]:
        dialect = _dialect(session)
        session.execute(_writing(dialect), many(dialect, [_row(each) for each in fresh]))
        journal.append_all(session, (_outcome_event(each, now) for each in fresh))
    return offered | moved


def _write_at_once(
    session: Session,
    asking: Sequence[Claim],
    tried: Sequence[Tried],
    now: datetime,
    lease_until: datetime,
) -> set[Claim]:
    """Do the same on PostgreSQL, in one statement."""
    told = journal.as_rows(session, [_outcome_event(each, now) for each in tried])
    marks = [_step(each, DeliveryState.OFFERED) for each in asking]
    ends = [_end(each) | event for each, event in zip(tried, told, strict=True)]
    steps = orjson.dumps([*marks, *ends], default=str).decode()
    given = {"steps": steps, "now": now, "lease_until": lease_until}
    moved = {(id_, token) for id_, token in run_as_spelled(session, _writing_at_once(), given)}
    both = [*asking, *(each.claim for each in tried)]
    return {claim for claim in both if (claim.delivery_id, claim.token) in moved}


def _step(claim: Claim, state: DeliveryState) -> dict[str, Any]:
    return {"delivery_id": claim.delivery_id, "token": claim.token, "state": state.value}


def _end(tried: Tried) -> dict[str, Any]:
    """Return the step of an attempt that has ended, with its record."""
    moves = {"due_at": tried.retry_at, "about_us": int(tried.outcome.whose is Whose.US)}
    row = _row(tried)
    return row | _step(tried.claim, _state(tried)) | moves | {"attempt_id": row["id"]}


@cache
def _writing_at_once() -> Select[UUID, int]:
    """Return the statement that moves deliveries as `_step` says, and writes what `_end` adds.

    Attempts and events are written of those that moved, and of no others.
    """
    moved = _moving_each()
    is_end = moved.c.verdict.is_not(None)
    columns = [name for name in table_of(Attempt).c.keys() if name != "id"]  # noqa: SIM118 - its own keys
    ended = select(moved.c.attempt_id, *(moved.c[name] for name in columns)).where(is_end)
    written = _unless_known(
        insert_for("postgresql", table_of(Attempt)).from_select(["id", *columns], ended)
    )
    told = journal.appending_from(select(*(moved.c[name] for name in journal.ROW)).where(is_end))
    parts = written.cte("written"), told.cte("told")
    return select(moved.c.delivery_id, moved.c.token).add_cte(*parts)


def _moving_each() -> CTE:
    """Return the part that moves deliveries, each to the state of its own step: see `claims`."""
    delivery, given = table_of(Delivery), _given()
    table, step = delivery.c, given.c
    becomes = {*AFTER_ATTEMPT.values(), DeliveryState.OFFERED}
    moving = update(delivery).where(
        # Said twice: without statistics of a list's length, PostgreSQL would read whole tables.
        table.id == any_(func.array(select(step.delivery_id).scalar_subquery())),
        table.id == step.delivery_id,
        table.token == step.token,
        or_(*(and_(step.state == each.value, claims.may_become(each)) for each in becomes)),
    )
    is_offer = step.state == DeliveryState.OFFERED.value
    lease_until = bindparam("lease_until", type_=AwareDateTime)
    values = {
        table.state: step.state,
        table.state_at: bindparam("now", type_=AwareDateTime),
        table.due_at: func.coalesce(step.due_at, table.due_at),
        table.about_us: table.about_us + func.coalesce(step.about_us, 0),
        table.lease_until: case((is_offer, lease_until)),
    }
    return moving.values(values).returning(*step).cte("moved")


def _given() -> CTE:
    """Return the rows of the parameter `steps`: a delivery's step, its attempt and its event."""
    attempt, event = table_of(Attempt).c, table_of(EventRow).c
    columns: list[ColumnClause[Any]] = [
        column("state", String),
        column("token", Integer),
        column("due_at", AwareDateTime),
        column("about_us", Integer),
        column("attempt_id", Uuid),
        *(column(each.name, each.type) for each in attempt if each is not attempt.id),
        *(column(name, event[name].type) for name in journal.ROW),
    ]
    steps = cast(bindparam("steps", type_=String), JSON)
    rows = func.json_to_recordset(steps).table_valued(*columns, name="step")
    return select(rows.render_derived(with_types=True)).cte("given")


def vanished(session: Session, *, now: datetime) -> list[UUID]:
    """Record the attempts whose worker vanished after offering; return their deliveries.

    The deliveries are locked until the transaction ends, for the caller to put in doubt. A late
    reply may still fill in what is unknown here.
    """
    # Locked before the attempt is written, or a worker that comes back at this moment could record
    # its reply in between. SKIP LOCKED passes over those whose reply is being recorded right now.
    lost = session.execute(
        select(Delivery.id, Delivery.attempts, Delivery.state_at)
        .where(
            Delivery.state == DeliveryState.OFFERED,
            is_in(Delivery.state, *HELD),  # so that the index over these is used
            Delivery.lease_until < now,
        )
        .with_for_update(skip_locked=True)
    ).all()
    rows = [
        in_doubt(delivery_id, number, (offered_at, now), VANISHED)
        for delivery_id, number, offered_at in lost
    ]
    if rows:
        session.execute(insert_into(session, Attempt).on_conflict_do_nothing(), rows)
    return [delivery_id for delivery_id, _, _ in lost]


def in_doubt(
    delivery_id: UUID, number: int, between: tuple[datetime, datetime], text: str
) -> dict[str, Any]:
    """Return the row of an attempt of which nobody knows the reply, if it was made at all."""
    offered_at, ended_at = between
    return {
        "id": uuid4(),
        "delivery_id": delivery_id,
        "number": number,
        "envid": envid(delivery_id, number),
        "server": "",
        "started_at": offered_at,
        "offered_at": offered_at,
        "ended_at": ended_at,
        "verdict": Verdict.IN_DOUBT.value,
        "text": text,
    }


def _is_news(session: Session, tried: Tried) -> bool:
    """Record an attempt whose delivery has moved on without it; return whether it is new."""
    table = table_of(Attempt).c
    dialect = _dialect(session)
    written = _writing(dialect).returning(table.id)
    return session.execute(written, many(dialect, [_row(tried)])).first() is not None


@cache
def _writing(dialect: str) -> postgresql.Insert | sqlite.Insert:
    """Return the statement that inserts attempts, or fills in those that the clock recorded."""
    return _unless_known(insert_many(dialect, table_of(Attempt)))


def _unless_known(insert: postgresql.Insert | sqlite.Insert) -> postgresql.Insert | sqlite.Insert:
    """Let an INSERT of attempts change those that are there only if the clock recorded them."""
    table = table_of(Attempt)
    known = ("server", "tls", "signature", "started_at", "ended_at", "verdict", "verb", "code")
    return insert.on_conflict_do_update(
        index_elements=["delivery_id", "number"],
        set_={name: insert.excluded[name] for name in (*known, "enhanced_status", "text")},
        where=(table.c.verdict == Verdict.IN_DOUBT.value) & (table.c.text == VANISHED),
    )


def _dialect(session: Session) -> str:
    return session.get_bind().dialect.name


def _row(tried: Tried) -> dict[str, Any]:
    claim, reply = tried.claim, tried.outcome.reply
    return {
        "id": uuid4(),
        "delivery_id": claim.delivery_id,
        "number": claim.number,
        "envid": claim.envid,
        "server": tried.server,
        "tls": tried.tls,
        "signature": tried.signature if tried.offered_at else None,
        "started_at": tried.started_at,
        "offered_at": tried.offered_at,
        "ended_at": tried.ended_at,
        "verdict": tried.outcome.verdict.value,
        "verb": reply.verb if reply else None,
        "code": reply.code if reply else None,
        "enhanced_status": reply.enhanced_status if reply else None,
        "text": reply.text if reply else tried.outcome.trouble,
    }


def _move(session: Session, tried: Iterable[Tried], now: datetime) -> set[Claim]:
    """Move deliveries on, one statement for each state and time; return the claims that moved."""
    fates: dict[tuple[DeliveryState, datetime | None, bool], list[Claim]] = defaultdict(list)
    for each in tried:
        is_about_us = each.outcome.whose is Whose.US
        fates[_state(each), each.retry_at, is_about_us].append(each.claim)
    moved = [
        claims.settle(session, settled, state, now=now, due_at=due_at, is_about_us=is_about_us)
        for (state, due_at, is_about_us), settled in fates.items()
    ]
    return set().union(*moved)


def _state(tried: Tried) -> DeliveryState:
    return AFTER_ATTEMPT[tried.outcome.verdict]


def _outcome_event(tried: Tried, now: datetime) -> Event:
    return _event(catalogue.into(_state(tried)), tried, now)


def _event(kind: Kind, tried: Tried, now: datetime) -> Event:
    claim, verdict = tried.claim, tried.outcome.verdict
    detail = {"attempt": str(claim.number), "envid": claim.envid, "verdict": verdict.value}
    return kind.event(now, WORKER, claim.delivery_id, **detail)
