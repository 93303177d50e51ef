"""What a database knows of the two keys outside it, so that no home makes others of its own.

The first home that needs a key makes it, and what the key is known by is recorded here. Any other
home needs the same one. Somebody who can write to the database may delete or change a row, and
gains nothing by it: then the next home records its own key, or every home is refused. No code and
no signature is ever checked with what stands here.
"""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import Final

from sqlalchemy import column, inspect, select, table
from sqlalchemy.orm import Session

from dispatch.database.sql import insert_into
from dispatch.database.tables import EventRow, KnownKey
from dispatch.domain.proof.mac import mac


class KeyUse(Enum):
    """What a key does."""

    WRITES = "writes"
    """The secret key: makes the codes of events, and signs return paths."""

    SIGNS = "signs"
    """Signs checkpoints."""


MARK: Final = "known key"
"""What the code is made for that a secret key is known by."""


def mark_of(key: bytes) -> str:
    """Return what a secret key is known by; nobody can tell the key from that."""
    return mac(key, MARK, b"")


def has_table(session: Session) -> bool:
    """Whether the tables are new enough to know keys."""
    return inspect(session.connection()).has_table(KnownKey.__tablename__)


def has_events(session: Session) -> bool:
    """Whether anything was ever recorded here, whatever release made the tables."""
    name = EventRow.__tablename__
    if not inspect(session.connection()).has_table(name):
        return False
    return session.scalar(select(column("id")).select_from(table(name)).limit(1)) is not None


def known_by(session: Session, use: KeyUse) -> str | None:
    """Return what the key is known by; None if the database knows none yet."""
    row = session.get(KnownKey, use.value)
    return row.is_known_by if row else None


def is_written_with(session: Session, key: bytes) -> bool:
    """Whether the database knows no other secret key than this one."""
    return known_by(session, KeyUse.WRITES) in {None, mark_of(key)}


def record(session: Session, use: KeyUse, is_known_by: str, *, now: datetime) -> str:
    """Record a key unless one is recorded; return the one that is. Of two homes the first wins."""
    if known := known_by(session, use):
        return known  # each command asks: it need not write
    row = {"name": use.value, "is_known_by": is_known_by, "since": now}
    session.execute(insert_into(session, KnownKey).values(row).on_conflict_do_nothing())
    return known_by(session, use) or is_known_by


def replace(session: Session, use: KeyUse, is_known_by: str, *, now: datetime) -> None:
    """Record another key in the place of the one there is."""
    session.merge(KnownKey(name=use.value, is_known_by=is_known_by, since=now))
    session.flush()
