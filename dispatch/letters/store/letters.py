"""The letters of a mailout that are in force."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session, aliased

from dispatch.database.tables import (
    Letter,
    Mailout,
)
from dispatch.domain.errors import NotFound
from dispatch.domain.letter import NOT_IN_FORCE, LetterState
from dispatch.register.store import register


def in_force(session: Session, mailout: Mailout) -> Sequence[Letter]:
    """Return the letters of a mailout that are in force, by authority: the last version of each."""
    query = select(Letter).where(*_is_in_force(mailout)).order_by(Letter.authority_code)
    return session.scalars(query).all()


def _is_in_force(mailout: Mailout) -> Iterator[ColumnElement[bool]]:
    """Yield what holds of a letter that neither is void, nor proposed, nor replaced by another."""
    later = aliased(Letter)
    yield Letter.mailout_id == mailout.id
    yield Letter.state.not_in(NOT_IN_FORCE)
    yield ~exists().where(
        later.mailout_id == Letter.mailout_id,
        later.authority_code == Letter.authority_code,
        later.version > Letter.version,
        later.state.not_in(NOT_IN_FORCE),
    )


def letter_of(
    session: Session, mailout: Mailout, code: str, *, version: int | None = None
) -> Letter:
    """Return one authority's letter as it is in force, or a version, or raise `NotFound`."""
    is_wanted = [*_is_in_force(mailout)] if version is None else [*_versions(mailout, version)]
    query = select(Letter).where(
        *is_wanted, Letter.authority_code == register.authority_code(session, code)
    )
    if found := session.scalars(query).one_or_none():
        return found
    if version is not None:
        raise NotFound(f"there is no version {version} of the letter of {code} in {mailout.name}")
    raise NotFound(
        f"{mailout.name} has no letter for {code}; `dispatch mailout check {mailout.name}` says "
        f"why, or `dispatch mailout render {mailout.name}` makes it"
    )


def _versions(mailout: Mailout, version: int) -> Iterator[ColumnElement[bool]]:
    yield Letter.mailout_id == mailout.id
    yield Letter.state != LetterState.VOID
    yield Letter.version == version


def counts(session: Session, mailout: Mailout) -> dict[LetterState, int]:
    """Return how many letters of a mailout, of those in force, are in each state."""
    query = select(Letter.state, func.count()).where(*_is_in_force(mailout)).group_by(Letter.state)
    return dict(session.execute(query).all())


def authorities(session: Session, mailout: Mailout) -> frozenset[str]:
    """Return the codes of the authorities that a letter is in force for."""
    return frozenset(session.scalars(select(Letter.authority_code).where(*_is_in_force(mailout))))
