"""Export: what somebody takes out of the database is on record before they have it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from dispatch.database import Session
from dispatch.domain.word import named
from dispatch.ledger import events, journal


def export(
    session: Session, what: str, detail: Mapping[str, str], *, person: str, now: datetime
) -> None:
    """Record that `person` is handed `what`, such as events; to be committed before they are.

    `detail` says what it is and has its digest, and nothing of whom it is about. Raises
    `RuleBroken` for a name that is no person's.
    """
    journal.append(session, events.AUDIT_EXPORTED.event(now, named(person), what, **detail))
