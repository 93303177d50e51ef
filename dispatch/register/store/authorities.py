"""Authorities: the bodies that get letters."""

from __future__ import annotations

from dataclasses import fields
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from dispatch.database.tables import AuthorityRow, SourceFile
from dispatch.domain.errors import NotFound
from dispatch.domain.register.authority import Authority
from dispatch.domain.register.comparison import Comparison


def lock(session: Session) -> None:
    """Let one writer at a time change the register, until its transaction ends.

    Two at once could each give the same role to somebody.
    """
    # FOR NO KEY UPDATE: rows that refer to an authority can still be added meanwhile.
    session.execute(select(AuthorityRow.code).with_for_update(key_share=True))


def by_code(session: Session) -> dict[str, Authority]:
    """Return every authority by its code, abolished ones too."""
    return {row.code: row.to_authority() for row in session.scalars(select(AuthorityRow))}


def authority_code(session: Session, code: str) -> str:
    """Return a code as it is registered, given in any letter case, or raise `NotFound`."""
    if session.scalar(select(AuthorityRow.code).where(AuthorityRow.code == code)):
        return code  # found by its key, without looking at every other
    query = select(AuthorityRow.code).where(func.lower(AuthorityRow.code) == code.lower())
    if found := session.scalars(query).one_or_none():
        return found
    raise NotFound(f"no authority has the code {code!r}; see the file that was imported")


def write(session: Session, comparison: Comparison[Authority], source: SourceFile) -> None:
    """Add the new authorities and update the changed ones in place."""
    rows = {each.code: _values(each, source.id) for each in comparison.coming}
    session.add_all(AuthorityRow(**rows[each.code]) for each in comparison.new)
    if comparison.changed:
        session.execute(
            update(AuthorityRow), [rows[each.after.code] for each in comparison.changed]
        )
    session.flush()


def _values(authority: Authority, source_file_id: UUID) -> dict[str, Any]:
    values = {field.name: getattr(authority, field.name) for field in fields(authority)}
    return {
        **values,
        "successors": list(authority.successors),
        "source_file_id": source_file_id,
    }
