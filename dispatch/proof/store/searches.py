"""What people look for in the audit, kept for a day, so that no page's address has a name in it."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import Session

from dispatch.database.tables import AuditSearch
from dispatch.domain.errors import NotFound
from dispatch.domain.word import Word
from dispatch.proof.store.filters import Filters

KEPT: Final = timedelta(days=1)


def keep(session: Session, wanted: Filters, word: Word) -> UUID:
    """Keep what a person looks for; return its id."""
    given = {name: str(value) for name, value in asdict(wanted).items() if value is not None}
    row = AuditSearch(person=word.person, asked_at=word.at, wanted=given)
    session.add(row)
    session.flush()
    return row.id


def is_any_old(session: Session, *, now: datetime) -> bool:
    """Whether there is something for `forget` to delete."""
    return session.scalar(select(AuditSearch.id).where(_is_old(now)).limit(1)) is not None


def forget(session: Session, *, now: datetime) -> None:
    """Delete what is older than a day."""
    session.execute(delete(AuditSearch).where(_is_old(now)))


def _is_old(now: datetime) -> ColumnElement[bool]:
    return AuditSearch.asked_at < now - KEPT


def kept(session: Session, id_: UUID, person: str, *, now: datetime) -> Filters:
    """Return what the same person looked for within the last day. Raises `NotFound`."""
    row = session.get(AuditSearch, id_)
    if row is None or row.person != person or row.asked_at < now - KEPT:
        raise NotFound("this search is not kept any more: search again")
    said = row.wanted
    return Filters(
        authority=said.get("authority"),
        address=said.get("address"),
        person=said.get("person"),
        kind=said.get("kind"),
        since=_day(said.get("since")),
        until=_day(said.get("until")),
    )


def _day(spelled: str | None) -> date | None:
    return date.fromisoformat(spelled) if spelled else None
