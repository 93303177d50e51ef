"""SQL for what no page shows. Each statement reads an index, and counts no further than it must."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Row, Select, func, select
from sqlalchemy.orm import Session

from dispatch.database.tables import (
    ApiToken,
    Attempt,
    Delivery,
    EventRow,
    IncomingMail,
    JobRow,
    Mailout,
    SealRow,
    Stop,
)
from dispatch.domain.delivery import DeliveryState
from dispatch.domain.incoming.message import MailState
from dispatch.domain.mailout import MailoutState

MOST: Final = 10_000
"""How far is counted what may be very much."""

Ended = Row[datetime, datetime | None, str | None, int | None]
"""An attempt: when it began and ended, its verdict, and the code of the reply."""


def attempts_since(session: Session, since: datetime, most: int) -> Sequence[Ended]:
    """Return the last attempts that ended after a moment, the newest first."""
    query = select(Attempt.started_at, Attempt.ended_at, Attempt.verdict, Attempt.code)
    return session.execute(
        query.where(Attempt.ended_at > since).order_by(Attempt.ended_at.desc()).limit(most)
    ).all()


def doubts_since(session: Session, mailouts: Sequence[str]) -> Sequence[Row[str, datetime]]:
    """Return when the oldest doubt of each of these mailouts began, with its name."""
    if not mailouts:
        return ()
    return session.execute(
        select(Mailout.name, func.min(Delivery.state_at))
        .join(Delivery, Delivery.mailout_id == Mailout.id)
        .where(Mailout.name.in_(mailouts), Delivery.state == DeliveryState.IN_DOUBT)
        .group_by(Mailout.name)
    ).all()


def stopped(session: Session) -> Sequence[str]:
    """Return the names of the mailouts that are paused since a reply was about ourselves."""
    query = select(Mailout.name).join(Stop, Stop.mailout_id == Mailout.id)
    is_held = Stop.resumed_at.is_(None), Mailout.state == MailoutState.PAUSED
    return session.scalars(query.where(*is_held).distinct()).all()


def unsealed(session: Session) -> tuple[int, datetime | None]:
    """Return how many events are not sealed, and when the first of them was written."""
    waiting = EventRow.place.is_(None)
    first = select(EventRow.at).where(waiting).order_by(EventRow.id).limit(1)
    return _count(session, select(EventRow.id).where(waiting)), session.scalar(first)


def sealed_at(session: Session) -> datetime | None:
    """Return when the last seal was made."""
    return session.scalar(select(SealRow.sealed_at).order_by(SealRow.number.desc()).limit(1))


def unread(session: Session) -> tuple[int, datetime | None]:
    """Return how many messages are not read yet, and when the first of them came in."""
    waiting = IncomingMail.state == MailState.UNREAD
    first = select(IncomingMail.received_at).where(waiting).order_by(IncomingMail.due_at).limit(1)
    return _count(session, select(IncomingMail.id).where(waiting)), session.scalar(first)


def jobs(session: Session) -> tuple[int, datetime | None]:
    """Return how many jobs are not done, and when the first of them was asked for."""
    query = select(func.count(), func.min(JobRow.asked_at)).where(JobRow.ended_at.is_(None))
    count, first = session.execute(query).one()
    return count, first


def token_ends_at(session: Session, used_since: datetime) -> datetime | None:
    """Return when the first token ends that was used after a moment, and that nobody has ended."""
    is_used = ApiToken.ended_at.is_(None), ApiToken.used_at > used_since
    return session.scalar(select(func.min(ApiToken.ends_at)).where(*is_used))


def _count(session: Session, query: Select[int] | Select[UUID]) -> int:
    """Count rows, up to `MOST`."""
    limited = query.limit(MOST).subquery()
    return session.scalar(select(func.count()).select_from(limited)) or 0
