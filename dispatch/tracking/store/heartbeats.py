"""When each clock and worker was last seen."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from dispatch.database.sql import insert_into
from dispatch.database.tables import Heartbeat

GONE_AFTER: Final = timedelta(days=1)
"""A clock or worker that was not seen for this long is forgotten."""


def all_seen(session: Session) -> Sequence[Heartbeat]:
    """Return when each clock and worker was last seen."""
    return session.scalars(select(Heartbeat).order_by(Heartbeat.kind, Heartbeat.name)).all()


def beat(session: Session, kind: str, name: str, now: datetime, every: timedelta) -> bool:
    """Record that a clock or a worker is alive, at most once in `every`; forget the long gone.

    Returns whether it was recorded.
    """
    row = session.get(Heartbeat, name)
    if row is not None and abs(now - row.seen_at) < every:
        return False
    seen = insert_into(session, Heartbeat).values(name=name, kind=kind, seen_at=now)
    session.execute(seen.on_conflict_do_update(index_elements=["name"], set_={"seen_at": now}))
    session.execute(delete(Heartbeat).where(Heartbeat.seen_at < now - GONE_AFTER))
    return True
