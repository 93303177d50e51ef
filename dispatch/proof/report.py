"""The report of who was sent what, when, what the mail servers answered, and what came back."""

from __future__ import annotations

from dispatch.database import Session
from dispatch.domain.calendar import local
from dispatch.domain.letter import RecipientKind
from dispatch.proof.store import report
from dispatch.proof.store.filters import Filters
from dispatch.proof.store.report import DeliveryReport


def search(session: Session, wanted: Filters) -> list[DeliveryReport]:
    """Return the deliveries that match, the oldest first.

    Raises `NotFound` for an unknown authority.
    """
    found = (each for each in report.deliveries(session, wanted) if _is_within(each, wanted))
    return sorted(found, key=_order)


def _order(each: DeliveryReport) -> tuple[object, ...]:
    """Return what to sort by: at the same moment, To comes before Cc."""
    row = each.delivery
    return each.at, row.authority_code, row.kind is RecipientKind.CC, row.id


def _is_within(each: DeliveryReport, wanted: Filters) -> bool:
    day = local(each.at).date()
    return (wanted.since or day) <= day <= (wanted.until or day)
