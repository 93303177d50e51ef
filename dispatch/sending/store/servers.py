"""What is known about the mail server: its last success, its last trouble, its next try.

Each statement comes last in its transaction: deliveries are locked first, then this row.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from dispatch.database.sql import insert_into
from dispatch.database.tables import MailServer


def find(session: Session, address: str) -> MailServer | None:
    """Return what is known about a server; None if no letter was ever offered to it."""
    return session.get(MailServer, address)


def last_used(session: Session) -> MailServer | None:
    """Return the server that letters were last offered to, or could not be."""
    rows = session.scalars(select(MailServer)).all()
    return max(rows, key=_last_at, default=None)  # there are only one or two


def _last_at(row: MailServer) -> float:
    moments = [at for at in (row.accepted_at, row.troubled_at) if at]
    return max(moments).timestamp() if moments else 0.0


def locked(session: Session, address: str) -> MailServer:
    """Return the row of a server, locked until the transaction ends; it is made if missing."""
    row = {"address": address, "troubles": 0}
    session.execute(insert_into(session, MailServer).on_conflict_do_nothing(), [row])
    query = select(MailServer).where(MailServer.address == address).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).one()


def is_resting(session: Session, address: str, *, now: datetime) -> bool:
    """Whether no letter should be claimed yet, since the server could not be reached just now."""
    query = select(MailServer.next_try_at).where(MailServer.address == address)
    next_try_at = session.scalar(query)
    return next_try_at is not None and next_try_at > now


def try_now(session: Session) -> None:
    """Let letters be offered at once, whatever the last trouble was."""
    session.execute(update(MailServer).values(next_try_at=None))
