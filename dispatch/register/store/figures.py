"""Figures: each authority's counts for a year. Corrected ones are kept, and no longer current."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    String,
    Uuid,
    func,
    literal_column,
    select,
    update,
)
from sqlalchemy.orm import Session

from dispatch.database.metadata import table_of
from dispatch.database.sql import Prepared, as_list, insert_many, listed, new_ids, prepare
from dispatch.database.tables import FiguresRow
from dispatch.domain.register import period
from dispatch.domain.register.comparison import Comparison
from dispatch.domain.register.figures import Figures

IS_CURRENT: Final[ColumnElement[bool]] = literal_column("figures.is_current")
"""The condition for figures that nothing has corrected, as the index has it."""


def current(
    session: Session, year: str, *, authorities: Iterable[str] | None = None
) -> dict[str, Figures]:
    """Return the current figures of a year, of all authorities or of some, by authority code."""
    return of_years(session, [year], authorities=authorities)[year]


def of_years(
    session: Session, years: Sequence[str], *, authorities: Iterable[str] | None = None
) -> dict[str, dict[str, Figures]]:
    """Return the current figures of some years, of all authorities or of some, by year and code."""
    row = FiguresRow
    # Without an object for each row: there may be 100,000.
    query = select(
        row.authority_code, row.year, row.counts, row.percentages, row.synthetic, row.source
    )
    query, given = query.where(row.year.in_(years), IS_CURRENT), {}
    if authorities is not None:
        these = listed(session.get_bind().dialect.name, "authorities", String())
        query = query.where(row.authority_code.in_(these))
        given["authorities"] = as_list((each,) for each in authorities)
    found: dict[str, dict[str, Figures]] = {year: {} for year in years}
    for code, year, counts, percentages, synthetic, source in session.execute(query, given):
        found[year][code] = Figures(
            authority=code,
            year=year,
            counts=counts,
            percentages=percentages,
            synthetic=tuple(synthetic),
            source=source,
        )
    return found


def year_before(session: Session, year: str) -> str | None:
    """Return the last year, or period of the same kind, before another that has figures."""
    query = select(func.max(FiguresRow.year)).where(
        FiguresRow.year < year, FiguresRow.year.like(period.like(year)), IS_CURRENT
    )
    return session.scalar(query)


def registered(session: Session) -> dict[tuple[str, str], tuple[UUID, Figures]]:
    """Return the current figures of all years with their ids, by authority code and year."""
    row = FiguresRow
    # Without an object for each row: there may be 100,000.
    query = select(
        row.id,
        row.authority_code,
        row.year,
        row.counts,
        row.percentages,
        row.synthetic,
        row.source,
    ).where(IS_CURRENT)
    return {
        (code, year): (
            row_id,
            Figures(
                authority=code,
                year=year,
                counts=counts,
                percentages=percentages,
                synthetic=tuple(synthetic),
                source=source,
            ),
        )
        for row_id, code, year, counts, percentages, synthetic, source in session.execute(query)
    }


def supersede(session: Session, comparison: Comparison[Figures]) -> None:
    """Let figures that a file corrects be current no longer; they are kept.

    Before others come: only one row of an authority and a year may be current.
    """
    if not comparison.changed:
        return
    stale = listed(session.get_bind().dialect.name, "stale", Uuid())
    session.execute(
        update(table_of(FiguresRow))
        .where(table_of(FiguresRow).c.id.in_(stale))
        .values(is_current=False),
        {"stale": as_list((each.row_id,) for each in comparison.changed)},
    )


def prepared(session: Session, comparison: Comparison[Figures], source_file_id: UUID) -> Prepared:
    """Return the rows of the figures of a file."""
    pairs = sorted(comparison.pairs, key=lambda each: (each[0].authority, each[0].year))
    rows = (
        {
            "id": row_id,
            "authority_code": figures.authority,
            "year": figures.year,
            "counts": dict(figures.counts),
            "percentages": dict(figures.percentages),
            "synthetic": list(figures.synthetic),
            "source": figures.source,
            "is_current": True,
            "replaces_id": replaces_id,
            "source_file_id": source_file_id,
        }
        for row_id, (figures, replaces_id) in zip(new_ids(len(pairs)), pairs, strict=True)
    )
    insert = insert_many(session.get_bind().dialect.name, table_of(FiguresRow))
    return prepare(session, insert, rows)
