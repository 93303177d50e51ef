"""Which checkpoints the witnesses were sent, as the ledger itself records."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, literal_column, not_, select
from sqlalchemy.orm import Session

from dispatch.database.metadata import table_of
from dispatch.database.tables import EventRow, SealRow
from dispatch.database.tables.ledger import IS_SELDOM
from dispatch.domain.reply import Verdict
from dispatch.ledger import upkeep_events
from dispatch.proof.store import seals

OFFERED: Final = upkeep_events.CHECKPOINT_OFFERED.action
MAILED: Final = upkeep_events.CHECKPOINT_MAILED.action
"""The two events of each mailing: before the server hears of it, and afterwards."""

AUDITED: Final = upkeep_events.LEDGER_AUDITED.action

MOST: Final = 1000
"""Mailings that are looked back on: nearly three years of them."""


def last_offered_at(session: Session) -> datetime | None:
    """Return when a checkpoint was last offered to witnesses."""
    table = table_of(EventRow).c
    # As the index of seldom events has it, which would not be used without the second condition.
    is_seldom: ColumnElement[bool] = literal_column(IS_SELDOM)
    is_offer = table.action == OFFERED, is_seldom
    newest = table.at.desc(), table.id.desc()
    return session.scalar(select(table.at).where(*is_offer).order_by(*newest).limit(1))


def has_grown(session: Session) -> bool:
    """Whether anything but the mailing itself and nightly audits was sealed since the last one.

    Seals of days without events do not count: a witness is not written to about nothing.
    """
    last = seals.last(session)
    if last is None or not last.seal.size:
        return False
    table = table_of(EventRow).c
    is_own = table.action.in_((OFFERED, MAILED, AUDITED))
    query = select(table.id).where(table.place >= _known_size(session), not_(is_own)).limit(1)
    return session.scalar(query) is not None


def mailed_sizes(session: Session) -> list[int]:
    """Return the sizes of the ledger in the last checkpoints that a mail server accepted.

    The newest first, and no more than `MOST`.
    """
    table, seal = table_of(EventRow).c, table_of(SealRow).c
    query = select(table.subject, table.detail).where(table.action == MAILED)
    rows = session.execute(query.order_by(table.id.desc()).limit(MOST))
    accepted = [subject for subject, detail in rows if detail.get(Verdict.ACCEPTED.value)]
    numbers = {int(subject.partition(":")[2]) for subject in accepted}
    sizes = select(seal.size).where(seal.number.in_(numbers)).order_by(seal.size.desc())
    return list(session.scalars(sizes))


def _known_size(session: Session) -> int:
    """Return the size of the ledger in the last checkpoint that a mail server accepted."""
    table = table_of(EventRow).c
    query = select(table.subject, table.detail).where(table.action == MAILED)
    for subject, detail in session.execute(query.order_by(table.id.desc())):
        if detail.get(Verdict.ACCEPTED.value):
            number = int(subject.partition(":")[2])
            return session.scalar(select(SealRow.size).where(SealRow.number == number)) or 0
    return 0
