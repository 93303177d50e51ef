"""Statements about the letters of one authority in several years."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, Select, select, type_coerce
from sqlalchemy.orm import Session

from dispatch.database.tables import Letter, Mailout
from dispatch.domain.letter import LetterState

OF_PLAN = type_coerce(Mailout.plan, JSON)["year"].as_string()
"""The year of a mailout's plan."""


def _others(mailout: Mailout, code: str) -> Select[*tuple[Any, ...]]:
    return (
        select(OF_PLAN, Letter.id)
        .join(Mailout, Mailout.id == Letter.mailout_id)
        .where(
            Letter.authority_code == code,
            Letter.mailout_id != mailout.id,
            Letter.state == LetterState.RENDERED,
        )
        .order_by(OF_PLAN.desc(), Letter.version.desc(), Mailout.created_at.desc())
    )


def with_letter(session: Session, mailout: Mailout, code: str) -> list[str]:
    """Return the years of other mailouts that have a letter with a code, the last first."""
    return list(dict.fromkeys(year for year, _ in session.execute(_others(mailout, code))))


def letter_of_year(session: Session, mailout: Mailout, code: str, year: str) -> Letter | None:
    """Return the last letter with a code that another mailout made for a year."""
    found = session.execute(_others(mailout, code).where(year == OF_PLAN).limit(1)).first()
    return None if found is None else session.get_one(Letter, found[1])
