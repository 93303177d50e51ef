"""What time it is held to be: one row, which clock processes keep."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from dispatch.database.sql import insert_into
from dispatch.database.tables import TimekeepingRow
from dispatch.domain.sending.timekeeping import Timekeeping

NUMBER = 1
"""The one row's."""


def database_time(session: Session) -> datetime | None:
    """Return what the database's own clock shows; None on SQLite, which has none."""
    if session.get_bind().dialect.name != "postgresql":
        return None
    return session.scalar(select(func.clock_timestamp()))


def noted(session: Session, *, is_locked: bool = False) -> Timekeeping | None:
    """Return what a clock process noted last, if one ever has."""
    query = select(TimekeepingRow).where(TimekeepingRow.number == NUMBER)
    if is_locked:
        query = query.with_for_update()
    row = session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if row is None:
        return None
    return Timekeeping(
        at=row.at,
        elapsed=row.elapsed,
        boot=row.boot,
        ahead=timedelta(seconds=row.ahead),
        held_for=timedelta(seconds=row.held_for),
    )


def note(session: Session, kept: Timekeeping) -> None:
    """Note what time it is held to be."""
    lengths = {"ahead": kept.ahead.total_seconds(), "held_for": kept.held_for.total_seconds()}
    values: dict[str, Any] = {**asdict(kept), **lengths}
    statement = insert_into(session, TimekeepingRow).values(number=NUMBER, **values)
    session.execute(statement.on_conflict_do_update(index_elements=["number"], set_=values))


def end_hold(session: Session) -> None:
    """Let what is held go on."""
    session.execute(update(TimekeepingRow).values(held_for=0.0))
