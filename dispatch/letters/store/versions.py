"""Versions: letters that replace earlier ones, from proposal to approval."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import JSON, literal_column, select, type_coerce
from sqlalchemy.orm import Session

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


def earlier(session: Session, letter: Letter) -> Sequence[Letter]:
    """Return the letters that this letter replaces, the latest first."""
    found: list[Letter] = []
    replaces_id = letter.replaces_id
    while replaces_id is not None:
        found.append(session.get_one(Letter, replaces_id))
        replaces_id = found[-1].replaces_id
    return found


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
