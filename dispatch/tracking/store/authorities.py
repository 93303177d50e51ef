"""What was sent to one authority, over all years, and what came back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session, defer

from dispatch.database.tables import Delivery, IncomingMail, Letter, Mailout, NoticeRow
from dispatch.domain.letter import LetterState
from dispatch.incoming.store.notices import Found
from dispatch.register.store.authorities import is_about


def letters(session: Session, code: str, *, limit: int) -> Sequence[tuple[Letter, Mailout]]:
    """Return the letters about an authority, the newest first; each version that is not void."""
    query = (
        select(Letter, Mailout)
        .join(Mailout, Mailout.id == Letter.mailout_id)
        .where(is_about(session, Letter.authority_code, code), Letter.state != LetterState.VOID)
        .order_by(Mailout.created_at.desc(), Letter.authority_code, Letter.version.desc())
        .options(defer(Letter.draft), defer(Letter.approval_path))
        .limit(limit)
    )
    return [(letter, mailout) for letter, mailout in session.execute(query)]


def deliveries(
    session: Session, code: str, *, after: UUID | None, limit: int
) -> Sequence[tuple[Delivery, str]]:
    """Return deliveries of an authority's letters with their mailouts' names, the newest first.

    `after` is a delivery: those that are older.
    """
    order = tuple_(Delivery.created_at, Delivery.id)
    query = (
        select(Delivery, Mailout.name)
        .join(Mailout, Mailout.id == Delivery.mailout_id)
        .where(is_about(session, Delivery.authority_code, code))
        .order_by(Delivery.created_at.desc(), Delivery.id.desc())
        .limit(limit)
    )
    if last := session.get(Delivery, after) if after else None:
        query = query.where(order < tuple_(last.created_at, last.id))
    return [(delivery, name) for delivery, name in session.execute(query)]


def notices(session: Session, code: str, *, limit: int) -> Sequence[Found]:
    """Return what came back of an authority's letters, the newest first."""
    query = (
        select(NoticeRow, IncomingMail, Delivery)
        .join(Delivery, Delivery.id == NoticeRow.delivery_id)
        .join(IncomingMail, IncomingMail.id == NoticeRow.mail_id)
        .where(is_about(session, Delivery.authority_code, code))
        .order_by(IncomingMail.received_at.desc(), IncomingMail.id.desc())
        .limit(limit)
    )
    found: Sequence[Any] = session.execute(query).all()
    return [(row, mail, delivery) for row, mail, delivery in found]
