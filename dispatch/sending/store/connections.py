"""Count the connections to the mail server over all workers, where there may be only a few.

Each run of a worker has a row for those that it may keep open. It holds for a short time and is
renewed while the run goes on, so the connections of a worker that was killed come back by
themselves.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from dispatch.database.sql import insert_into
from dispatch.database.tables import Bucket, HeldConnections

HOLDS: Final = timedelta(seconds=30)
"""How long connections are held without being renewed."""

FAR_AHEAD: Final = 10 * HOLDS
"""What holds for longer than this was written before the clock went back. Much more than `HOLDS`,
since a worker reads the clock before it waits for its turn."""

COUNTING: Final = "connections"
"""The row that is locked while connections are counted."""


def take(session: Session, holder: str, *, wanted: int, most: int, now: datetime) -> int:
    """Let `holder` open up to `wanted` connections, with `most` in all; return how many it may.

    Takes turns with all who ask, so there are never more. Locks nothing else.
    """
    _take_turns(session, now)
    is_over = or_(HeldConnections.until <= now, HeldConnections.until > now + FAR_AHEAD)
    session.execute(delete(HeldConnections).where(is_over))
    held = session.scalar(select(func.sum(HeldConnections.count))) or 0
    count = max(min(wanted, most - held), 0)
    if count:
        session.add(HeldConnections(holder=holder, count=count, until=now + HOLDS))
    return count


def reserve(session: Session, holder: str, *, now: datetime, until: datetime) -> None:
    """Take one connection as soon as it is free; until then letters get none that become free."""
    _take_turns(session, now)
    session.add(HeldConnections(holder=holder, count=1, until=until))


def in_all(session: Session, *, now: datetime) -> int:
    """Return how many connections are held and reserved."""
    query = select(func.sum(HeldConnections.count)).where(HeldConnections.until > now)
    return session.scalar(query.where(HeldConnections.until <= now + FAR_AHEAD)) or 0


def _take_turns(session: Session, now: datetime) -> None:
    row = {"key": COUNTING, "tat": now, "strikes": 0}
    session.execute(insert_into(session, Bucket).on_conflict_do_nothing(), [row])
    session.execute(select(Bucket.key).where(Bucket.key == COUNTING).with_for_update())


def renew(session: Session, holder: str, *, now: datetime) -> bool:
    """Hold for as long again; return False if they have run out and may be another's."""
    renewed = session.execute(
        update(HeldConnections)
        .where(HeldConnections.holder == holder, HeldConnections.until > now)
        .values(until=now + HOLDS)
        .returning(HeldConnections.holder)
        .execution_options(synchronize_session=False)
    )
    return renewed.first() is not None


def give_back(session: Session, holder: str) -> None:
    """Hold none from now on."""
    session.execute(delete(HeldConnections).where(HeldConnections.holder == holder))
