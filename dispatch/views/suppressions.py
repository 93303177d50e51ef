"""Suppressions as people and programs are shown them."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from dispatch.database.tables import Suppression
from dispatch.views.form import Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class SuppressionView:
    """An address that must not be written to, with the reason and who lifted it."""

    id: UUID
    address: str
    reason: str
    added_at: Moment
    added_by: str
    lifted_at: Moment | None
    lifted_by: str | None
    lifted_because: str | None


def suppression(row: Suppression) -> SuppressionView:
    """Return the view of a suppression."""
    return SuppressionView(
        id=row.id,
        address=row.address,
        reason=row.reason,
        added_at=row.added_at,
        added_by=row.added_by,
        lifted_at=row.lifted_at,
        lifted_by=row.lifted_by,
        lifted_because=row.lifted_because,
    )
