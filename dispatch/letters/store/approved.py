"""Statements about letters that have a proof that they were approved, and those that have none."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from dispatch.database.sql import is_in
from dispatch.database.tables import Letter, Mailout
from dispatch.domain.letter import LetterState
from dispatch.letters.store.letters import are_in_force


def _without_proof(mailout: Mailout) -> Iterator[ColumnElement[bool]]:
    yield from are_in_force([mailout.id])
    yield Letter.approval_index.is_(None)


def without_proof(session: Session, mailout: Mailout, *, limit: int) -> Sequence[Letter]:
    """Return letters in force that were not approved as they are, by authority."""
    query = select(Letter).where(*_without_proof(mailout)).order_by(Letter.authority_code)
    return session.scalars(query.limit(limit)).all()


def count_without_proof(session: Session, mailout: Mailout) -> int:
    """Return how many these are."""
    query = select(func.count()).select_from(Letter).where(*_without_proof(mailout))
    return session.scalar(query) or 0


def _void_with_proof(mailout: Mailout) -> Iterator[ColumnElement[bool]]:
    yield Letter.mailout_id == mailout.id
    yield is_in(Letter.state, LetterState.VOID)
    yield Letter.approval_index.is_not(None)


def replaced(
    session: Session, mailout: Mailout, codes: Collection[str], *, limit: int
) -> Sequence[Letter]:
    """Return void letters that were approved once, the oldest first.

    Those with one of these codes, and those in whose place there is none.
    """
    there = select(Letter.authority_code).where(*are_in_force([mailout.id]))
    is_one = or_(Letter.authority_code.in_(codes), Letter.authority_code.not_in(there))
    query = select(Letter).where(*_void_with_proof(mailout), is_one)
    return session.scalars(query.order_by(Letter.rendered_at).limit(limit)).all()
