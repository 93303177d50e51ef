"""The statements about jobs, and the codes that show that an order and its result are ours.

Both codes are by the key that is not in the database. So somebody who has the database alone can
neither have a worker do something in a person's name nor say how it ended. They could have an order
that was given carried out again: that is why each kind checks what was agreed to, and why an order
does not count after a day.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.orm import Session

from dispatch.database import key_of
from dispatch.database.sql import insert_into
from dispatch.database.tables import JobRow
from dispatch.domain.digest import canonical_json
from dispatch.domain.jobs.job import JobKind, Result
from dispatch.domain.proof.ledger import UNSPELLABLE, moment
from dispatch.domain.proof.mac import is_mac, mac

ORDER, OUTCOME = "job order", "job result"
"""What the two codes are made for."""


def add(session: Session, row: JobRow) -> JobRow:
    """Add a job, unless one of its kind about its subject has not ended; return the open one."""
    row.mac = mac(key_of(session), ORDER, _order(row))
    names = ("id", "kind", "subject", "terms", "person", "keyboard", "because", "asked_at", "mac")
    values = {name: getattr(row, name) for name in names} | {"token": 0, "done": 0, "of": 0}
    session.execute(insert_into(session, JobRow).values(values).on_conflict_do_nothing())
    is_same = (JobRow.kind == row.kind, JobRow.subject == row.subject)
    return session.scalars(select(JobRow).where(*is_same, JobRow.ended_at.is_(None))).one()


def by_id(session: Session, id_: UUID) -> JobRow | None:
    """Return the row of a job; None if there is none."""
    return session.get(JobRow, id_)


def last(session: Session, kind: JobKind, subject: str) -> JobRow | None:
    """Return the job of a kind about a subject that was asked for last."""
    query = select(JobRow).where(JobRow.kind == kind, JobRow.subject == subject)
    return session.scalars(query.order_by(JobRow.asked_at.desc(), JobRow.id).limit(1)).first()


def last_done(session: Session, kind: JobKind, subject: str) -> JobRow | None:
    """Return the last of them that has a result."""
    query = select(JobRow).where(JobRow.kind == kind, JobRow.subject == subject)
    query = query.where(JobRow.ended_at.is_not(None), JobRow.error.is_(None))
    return session.scalars(query.order_by(JobRow.asked_at.desc(), JobRow.id).limit(1)).first()


def _is_free(now: datetime) -> ColumnElement[bool]:
    return or_(JobRow.lease_until.is_(None), JobRow.lease_until <= now)


def count_due(session: Session, *, now: datetime) -> int:
    """Return how many jobs no worker has."""
    query = select(func.count()).select_from(JobRow)
    return session.scalar(query.where(JobRow.ended_at.is_(None), _is_free(now))) or 0


def claim(session: Session, *, now: datetime) -> JobRow | None:
    """Take the job that has waited longest; None if none waits. The caller sets the lease."""
    waiting = select(JobRow).where(JobRow.ended_at.is_(None), _is_free(now))
    first = waiting.order_by(JobRow.asked_at, JobRow.id).limit(1)
    row = session.scalars(first.with_for_update(skip_locked=True)).first()
    if row is not None:
        row.token += 1
    return row


def move(
    session: Session, id_: UUID, token: int, *, done: int, of: int, lease_until: datetime
) -> bool:
    """Note how far a job is and renew its lease; False if another worker has it now."""
    change = update(JobRow).where(_is_held(id_, token))
    moved = session.execute(
        change.values(done=done, of=of, lease_until=lease_until).returning(JobRow.id)
    )
    return moved.first() is not None


def end(
    session: Session,
    held: tuple[UUID, int],
    *,
    now: datetime,
    result: Result | None = None,
    error: str | None = None,
) -> bool:
    """Keep how a job ended, by its id and token; False if another worker has it now."""
    row = session.scalars(select(JobRow).where(_is_held(*held)).with_for_update()).first()
    if row is None:
        return False
    row.result = None if result is None else dict(result)
    row.error, row.ended_at, row.lease_until = error, now, None
    row.result_mac = mac(key_of(session), OUTCOME, _outcome(row))
    session.flush()
    return True


def _is_held(id_: UUID, token: int) -> ColumnElement[bool]:
    return (JobRow.id == id_) & (JobRow.token == token) & JobRow.ended_at.is_(None)


def is_ours(session: Session, row: JobRow) -> bool:
    """Whether one of our processes took the order that a row holds."""
    try:
        return is_mac(row.mac, key_of(session), ORDER, _order(row))
    except UNSPELLABLE:
        return False


def has_our_result(session: Session, row: JobRow) -> bool:
    """Whether one of our workers ended it like that."""
    try:
        return is_mac(row.result_mac, key_of(session), OUTCOME, _outcome(row))
    except UNSPELLABLE:
        return False


def _order(row: JobRow) -> bytes:
    by = [row.person, row.keyboard, row.because, moment(row.asked_at)]
    return canonical_json([row.id.hex, row.kind.value, row.subject, row.terms, *by])


def _outcome(row: JobRow) -> bytes:
    ended_at = row.ended_at and moment(row.ended_at)
    return canonical_json([_order(row).decode(), row.result, row.error, ended_at])
