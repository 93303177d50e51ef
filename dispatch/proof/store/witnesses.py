"""Which checkpoints the witnesses were sent, as the ledger itself records."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.database.metadata import table_of
from dispatch.database.tables import EventRow, SealRow
from dispatch.domain.reply import Verdict
from dispatch.ledger import events
from dispatch.proof.store import seals

OFFERED: Final = events.CHECKPOINT_OFFERED.action
MAILED: Final = events.CHECKPOINT_MAILED.action
"""The two events that each mailing adds: before the server hears of it, and afterwards."""


def last_offered_at(session: Session) -> datetime | None:
    """Return when a checkpoint was last offered to witnesses."""
    table = table_of(EventRow).c
    query = select(table.at).where(table.action == OFFERED).order_by(table.id.desc()).limit(1)
    return session.scalar(query)


def has_grown(session: Session) -> bool:
    """Whether the ledger has grown since the last one, other than by the mailing itself."""
    last = seals.last(session)
    if last is None:
        return False
    known, table = _known_size(session), table_of(EventRow).c
    own = select(func.count()).where(table.place >= known, table.action.in_((OFFERED, MAILED)))
    return last.seal.size - known > (session.scalar(own) or 0)


def _known_size(session: Session) -> int:
    """Return the size of the ledger in the last checkpoint that a mail server accepted."""
    table = table_of(EventRow).c
    query = select(table.subject, table.detail).where(table.action == MAILED)
    for subject, detail in session.execute(query.order_by(table.id.desc())):
        if detail.get(Verdict.ACCEPTED.value):
            number = int(subject.partition(":")[2])
            return session.scalar(select(SealRow.size).where(SealRow.number == number)) or 0
    return 0
