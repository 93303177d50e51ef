"""Figures: each authority's counts for a year. Corrected ones are kept, and no longer current."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from dispatch.database.tables import FiguresRow, SourceFile
from dispatch.domain.register.comparison import Comparison
from dispatch.domain.register.figures import Figures


def current(session: Session, year: str) -> dict[str, Figures]:
    """Return the current figures of a year, by authority code."""
    query = select(FiguresRow).where(FiguresRow.year == year, FiguresRow.is_current)
    return {row.authority_code: row.to_figures() for row in session.scalars(query)}


def registered(session: Session) -> dict[tuple[str, str], tuple[UUID, Figures]]:
    """Return the current figures of all years with their ids, by authority code and year."""
    query = select(FiguresRow).where(FiguresRow.is_current)
    return {
        (row.authority_code, row.year): (row.id, row.to_figures()) for row in session.scalars(query)
    }


def write(session: Session, comparison: Comparison[Figures], source: SourceFile) -> None:
    """Add figures; those that they correct are kept, and are no longer current."""
    # First, since only one row of an authority and a year may be current.
    if stale := [{"id": each.row_id, "is_current": False} for each in comparison.changed]:
        session.execute(update(FiguresRow), stale)
    session.add_all(
        FiguresRow(
            authority_code=figures.authority,
            year=figures.year,
            counts=dict(figures.counts),
            percentages=dict(figures.percentages),
            synthetic=list(figures.synthetic),
            source=figures.source,
            replaces_id=replaces_id,
            source_file_id=source.id,
        )
        for figures, replaces_id in comparison.pairs
    )
    session.flush()
