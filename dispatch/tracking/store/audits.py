"""How the ledger was found when it was last verified by night."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.database.sql import insert_into
from dispatch.database.tables import LedgerAudit

ONLY: Final = 0
"""The number of the one row."""


def last(session: Session) -> LedgerAudit | None:
    """Return how the ledger was found; None if nobody has looked for a night yet."""
    return session.get(LedgerAudit, ONLY)


def held(session: Session, *, now: datetime) -> LedgerAudit:
    """Return the same, and let no other worker change it until the transaction ends.

    The first look counts as an audit that ended then: the next night's is the first.
    """
    row = {"number": ONLY, "began_at": now, "ended_at": now, "wrong": []}
    session.execute(insert_into(session, LedgerAudit).values(row).on_conflict_do_nothing())
    return session.scalars(select(LedgerAudit).with_for_update()).one()
