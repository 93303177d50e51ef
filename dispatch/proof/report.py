"""The report of who was sent what, when, what the mail servers answered, and what came back."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Final
from uuid import UUID

from dispatch.database import Session
from dispatch.proof.store import report
from dispatch.proof.store.filters import Filters
from dispatch.proof.store.report import DeliveryReport

PAGE: Final = 250
"""Deliveries in memory at once, with all that is known of each."""


def search(
    session: Session, wanted: Filters, *, after: UUID | None = None, limit: int | None = None
) -> Iterator[DeliveryReport]:
    """Return the deliveries that match, the oldest first, some at a time in memory.

    Those that follow delivery `after`, and at most `limit`. Raises `NotFound` for an unknown
    authority or delivery.
    """
    pages = report.pages(session, wanted, after=after, limit=limit, size=PAGE)
    return chain.from_iterable(pages)
