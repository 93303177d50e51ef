"""How the ledger was found when it was last verified by night.

The row has a code by the key that is not in the database. So nobody who has the database alone can
say that the ledger was verified, nor put the next time off: a row without its code counts as one of
long ago, and so does a row that is gone although the ledger tells of an audit.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from dispatch.database import key_of
from dispatch.database.metadata import table_of
from dispatch.database.sql import insert_into
from dispatch.database.tables import EventRow, LedgerAudit
from dispatch.domain.digest import canonical_json
from dispatch.domain.proof.ledger import UNSPELLABLE, moment
from dispatch.domain.proof.mac import is_mac, mac
from dispatch.ledger.upkeep_events import LEDGER_AUDITED

ONLY: Final = 0
"""The number of the one row."""

PURPOSE: Final = "nightly audit"
"""What its code is made for."""

LONG_AGO: Final = datetime(1970, 1, 1, tzinfo=UTC)


def last(session: Session) -> LedgerAudit | None:
    """Return how the ledger was found; None if nobody has looked for a night yet."""
    return session.get(LedgerAudit, ONLY)


def held(session: Session, *, now: datetime) -> LedgerAudit:
    """Return the same, and let no other worker change it until the transaction ends.

    The first look counts as an audit that ended then: the next night's is the first. The caller
    who changes it calls `keep`.
    """
    query = select(LedgerAudit).with_for_update()
    row = session.scalars(query).one_or_none()
    if row is None:
        at = LONG_AGO if session.scalar(select(exists().where(_IS_AUDIT))) else now
        first = LedgerAudit(number=ONLY, began_at=at, ended_at=at, wrong=[])
        keep(session, first)
        values = {each.name: getattr(first, each.name) for each in table_of(LedgerAudit).c}
        session.execute(insert_into(session, LedgerAudit).values(values).on_conflict_do_nothing())
        row = session.scalars(query).one()
    if not is_ours(session, row):
        _forget(row)
    return row


_IS_AUDIT: Final = EventRow.action == LEDGER_AUDITED.action


def _forget(row: LedgerAudit) -> None:
    row.began_at = row.ended_at = LONG_AGO
    row.wrong, row.held_at, row.told, row.told_at = [], None, None, None


def keep(session: Session, row: LedgerAudit) -> None:
    """Give the row the code of what it says now."""
    row.mac = mac(key_of(session), PURPOSE, _spelled(row))


def is_ours(session: Session, row: LedgerAudit) -> bool:
    """Whether a process of ours wrote what the row says."""
    try:
        return is_mac(row.mac, key_of(session), PURPOSE, _spelled(row))
    except UNSPELLABLE:
        return False


def _spelled(row: LedgerAudit) -> bytes:
    times = (row.began_at, row.ended_at, row.held_at, row.told_at)
    return canonical_json([[at and moment(at) for at in times], row.wrong, row.told])
