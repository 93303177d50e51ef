"""The columns by which people are told which record is meant; no address is among them.

Only these are read, since a row that was tampered with may not load as a whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Uuid, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from dispatch.database.sql import as_list, listed
from dispatch.database.tables import (
    Arrival,
    Attempt,
    ContactRow,
    Delivery,
    FiguresRow,
    IncomingMail,
    Letter,
    Mailout,
    Posting,
    SourceFile,
)
from dispatch.ledger import journal

_COLUMNS: Final[Mapping[str, tuple[InstrumentedAttribute[Any], ...]]] = {
    "arrival": (Arrival.mail_id,),
    "attempt": (Attempt.number, Attempt.delivery_id),
    "contact": (ContactRow.role, ContactRow.authority_code, ContactRow.valid_from),
    "delivery": (Delivery.role, Delivery.authority_code, Delivery.mailout_id),
    "figures": (FiguresRow.authority_code, FiguresRow.year),
    "file": (SourceFile.name, SourceFile.imported_at),
    "letter": (Letter.authority_code, Letter.version, Letter.mailout_id),
    "mail": (IncomingMail.sha256,),
    "mailout": (Mailout.name,),
    "posting": (Posting.role, Posting.authority_code, Posting.mailout_id),
}


def columns(session: Session, kind: str, id_: UUID) -> tuple[Any, ...] | None:
    """Return these columns of a record of some kind; None if it is gone."""
    wanted = _COLUMNS[kind]
    [key] = wanted[0].parent.primary_key
    row = session.execute(select(*wanted).where(key == id_)).first()
    return tuple(row) if row else None


def many(session: Session, kind: str, ids: Iterable[UUID]) -> dict[UUID, tuple[Any, ...]]:
    """Return these columns of many records of one kind, by their ids, for those that are there."""
    wanted = _COLUMNS[kind]
    [key] = wanted[0].parent.primary_key
    these = listed(session.get_bind().dialect.name, "ids", Uuid())
    query = select(key, *wanted).where(key.in_(these))
    rows = session.execute(query, {"ids": as_list((each,) for each in ids)})
    return {id_: tuple(values) for id_, *values in rows}


def authority_of_lost(session: Session, subject: str) -> str | None:
    """Return the authority of a record that is gone, if the first event about it names one."""
    events = journal.events(session, subject)
    return events[0].detail.get("authority") if events else None
