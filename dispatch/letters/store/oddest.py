"""Statements about what is odd about letters, and the letters oddest first."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from sqlalchemy import String, cast, func, or_, select
from sqlalchemy.orm import Session, defer

from dispatch.database.tables import Letter, Mailout
from dispatch.letters.store.letters import are_in_force


def codes_before(session: Session, mailout: Mailout) -> frozenset[str] | None:
    """Return the codes of the letters that other mailouts sent; None if none has sent any."""
    others = select(Mailout.id).where(Mailout.released_at.is_not(None), Mailout.id != mailout.id)
    found = session.scalars(
        select(Letter.authority_code).where(Letter.mailout_id.in_(others)).distinct()
    )
    return frozenset(found) or None


def branches(session: Session, mailout: Mailout) -> dict[str, int]:
    """Return how many letters took each set of branches."""
    query = (
        select(Letter.branches, func.count())
        .where(*are_in_force([mailout.id]), Letter.branches.is_not(None))
        .group_by(Letter.branches)
    )
    return {taken: count for taken, count in session.execute(query) if taken is not None}


def to_note(
    session: Session, mailout: Mailout, found: Collection[str], kinds: Iterable[str]
) -> Sequence[Letter]:
    """Return the letters that took these sets of branches, or have an oddity of these kinds."""
    said = cast(Letter.oddities, String)
    is_one = or_(Letter.branches.in_(found), *(said.contains(f'"{kind}"') for kind in kinds))
    query = select(Letter).where(*are_in_force([mailout.id]), is_one)
    return session.scalars(query.options(defer(Letter.draft))).all()
