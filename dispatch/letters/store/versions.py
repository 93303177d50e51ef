"""Versions: letters that replace earlier ones, from proposal to approval."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import JSON, literal_column, select, type_coerce
from sqlalchemy.orm import Session, aliased

from dispatch.database.metadata import table_of
from dispatch.database.tables import Letter, Mailout
from dispatch.domain.letter import LetterState


def proposed(session: Session, mailout: Mailout, codes: Iterable[str] = ()) -> Sequence[Letter]:
    """Return the new versions that wait for approval, by authority; only of `codes`, if any."""
    query = select(Letter).where(
        Letter.mailout_id == mailout.id, Letter.state == LetterState.PROPOSED
    )
    if wanted := tuple(codes):
        query = query.where(Letter.authority_code.in_(wanted))
    return session.scalars(query.order_by(Letter.authority_code)).all()


def later(session: Session, mailout: Mailout) -> Sequence[Letter]:
    """Return every version after the first that waits or has gone out, by authority."""
    query = select(Letter).where(
        Letter.mailout_id == mailout.id,
        Letter.version > literal_column("1"),  # as the index has it
        Letter.state != LetterState.VOID,
    )
    return session.scalars(query.order_by(Letter.authority_code, Letter.version)).all()


def proposed_and_before(
    session: Session, mailout: Mailout
) -> list[tuple[Letter, Sequence[Letter]]]:
    """Return the new versions that wait for approval, by authority, each with those it replaces.

    The latest of these comes first. By one statement, however many there are.
    """
    waiting = aliased(Letter)
    codes = select(waiting.authority_code).where(
        waiting.mailout_id == mailout.id,
        waiting.version > literal_column("1"),  # as the index has it
        waiting.state == LetterState.PROPOSED,
    )
    query = select(Letter).where(Letter.mailout_id == mailout.id, Letter.authority_code.in_(codes))
    found = session.scalars(query.order_by(Letter.authority_code, Letter.version)).all()
    by_id = {each.id: each for each in found}
    proposed = [each for each in found if each.state is LetterState.PROPOSED]
    return [(each, list(_before(each, by_id))) for each in proposed]


def _before(letter: Letter, known: Mapping[UUID, Letter]) -> Iterator[Letter]:
    while letter.replaces_id is not None:
        letter = known[letter.replaces_id]
        yield letter


@dataclass(frozen=True, slots=True)
class Outdated:
    """Letters that must not be sent again, by their ids and by the authorities' codes."""

    replaced: frozenset[UUID]
    """Letters that a later version in force has replaced with other content."""
    pending: frozenset[str]
    """Authorities with a version that waits for approval."""


def outdated(session: Session, mailout: Mailout) -> Outdated:
    """Return which letters of a mailout should no longer go out."""
    table = table_of(Letter).c
    version = type_coerce(table.draft, JSON)[("content", "version")].as_integer()
    later = table_of(Letter).alias()
    has_versions = select(later.c.authority_code).where(
        later.c.mailout_id == mailout.id, later.c.version > 1
    )
    rows = session.execute(
        select(table.id, table.authority_code, table.state, version).where(
            table.mailout_id == mailout.id,
            table.state != LetterState.VOID,
            table.authority_code.in_(has_versions),
        )
    ).all()
    pending = frozenset(code for _, code, state, _ in rows if state is LetterState.PROPOSED)
    newest: dict[str, int] = {}
    for _, code, state, version in rows:
        if state is not LetterState.PROPOSED:
            newest[code] = max(version, newest.get(code, 0))
    replaced = (id_ for id_, code, _, version in rows if version < newest.get(code, 0))
    return Outdated(frozenset(replaced), pending)
