"""Authorities: the bodies that get letters."""

from __future__ import annotations

from dataclasses import fields
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from dispatch.database.tables import AuthorityRow, SourceFile
from dispatch.domain.errors import NotFound
from dispatch.domain.register.authority import Authority
from dispatch.domain.register.codes import SLASH
from dispatch.domain.register.comparison import Comparison


def lock(session: Session) -> None:
    """Let one writer at a time change the register, until its transaction ends.

    Two at once could each give the same role to somebody.
    """
    # FOR NO KEY UPDATE: rows that refer to an authority can still be added meanwhile.
    session.execute(select(AuthorityRow.code).with_for_update(key_share=True))


def by_code(session: Session) -> dict[str, Authority]:
    """Return every authority by its code, abolished ones too."""
    names = [field.name for field in fields(Authority)]
    # Without an object for each row: there may be 100,000.
    query = select(*(getattr(AuthorityRow, name) for name in names))
    found = (dict(zip(names, row, strict=True)) for row in session.execute(query))
    return {
        each["code"]: Authority(**{**each, "successors": tuple(each["successors"])})
        for each in found
    }


def authority_code(session: Session, code: str) -> str:
    """Return a code as it is registered, given in any letter case, or raise `NotFound`."""
    if session.scalar(select(AuthorityRow.code).where(AuthorityRow.code == code)):
        return code  # found by its key, without looking at every other
    query = select(AuthorityRow.code).where(func.lower(AuthorityRow.code) == code.lower())
    if found := session.scalars(query).one_or_none():
        return found
    raise NotFound(f"no authority has the code {code!r}; see the file that was imported")


def letter_code(session: Session, code: str) -> str:
    """Return the code of a letter as it is registered: SRY, or SRY/ESU. Raises `NotFound`."""
    return SLASH.join(authority_code(session, each) for each in code.split(SLASH, 1))


def write(session: Session, comparison: Comparison[Authority], source: SourceFile) -> None:
    """Add the new authorities and update the changed ones in place."""
    rows = {each.code: _values(each, source.id) for each in comparison.coming}
    if new := [rows[each.code] for each in comparison.new]:
        session.execute(insert(AuthorityRow), new)
    if changed := [rows[each.after.code] for each in comparison.changed]:
        session.execute(update(AuthorityRow), changed)


def _values(authority: Authority, source_file_id: UUID) -> dict[str, Any]:
    values = {field.name: getattr(authority, field.name) for field in fields(authority)}
    return {
        **values,
        "successors": list(authority.successors),
        "source_file_id": source_file_id,
    }
