"""Statements about letters that have a proof that they were approved, and those that have none."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from sqlalchemy import ColumnElement, func, select
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


def void_with_proof(session: Session, mailout: Mailout, codes: Collection[str]) -> Sequence[Letter]:
    """Return the letters with these codes that were approved once and are void, oldest first."""
    query = select(Letter).where(*_void_with_proof(mailout), Letter.authority_code.in_(codes))
    return session.scalars(query.order_by(Letter.rendered_at)).all()


def void_and_not_in_force(session: Session, mailout: Mailout, *, limit: int) -> Sequence[Letter]:
    """Return letters that were approved once, in whose place there is none."""
    there = select(Letter.authority_code).where(*are_in_force([mailout.id]))
    query = select(Letter).where(*_void_with_proof(mailout), Letter.authority_code.not_in(there))
    return session.scalars(query.order_by(Letter.authority_code).limit(limit)).all()
