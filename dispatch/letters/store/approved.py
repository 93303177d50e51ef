"""Statements about letters that have a proof that they were approved, and those that have none."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache
from uuid import UUID

from sqlalchemy import ColumnElement, Update, bindparam, func, or_, select, update
from sqlalchemy.orm import Session

from dispatch.database.metadata import table_of
from dispatch.database.sql import is_in
from dispatch.database.tables import Letter, Mailout
from dispatch.domain.letter import LetterState
from dispatch.domain.letters.approval import Proof
from dispatch.letters.store.letters import are_in_force


def keep_proofs(session: Session, proofs: Mapping[UUID, Proof]) -> None:
    """Keep each letter's proof that it was approved, by its id."""
    values = [
        {
            "its_id": id_,
            "recipients": proof.leaf.recipients,
            "index": proof.index,
            "path": [each.hex() for each in proof.path],
        }
        for id_, proof in proofs.items()
    ]
    # In Core: for thousands of rows, the ORM would hold SQLite's only lock for a second longer.
    if values:
        session.connection().execute(_keeping(), values)


@cache
def _keeping() -> Update:
    table = table_of(Letter)
    return (
        update(table)
        .where(table.c.id == bindparam("its_id"))
        .values(
            approval_recipients=bindparam("recipients"),
            approval_index=bindparam("index"),
            approval_path=bindparam("path"),
        )
    )


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
