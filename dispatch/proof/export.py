"""Export: what somebody takes out of the database is on record before they have it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from dispatch.database import Session
from dispatch.domain.ledger import Event
from dispatch.domain.word import named
from dispatch.ledger import journal

EXPORTED: Final = "audit.exported"
"""The action of the event that records an export."""


def export(
    session: Session, subject: str, detail: Mapping[str, str], *, person: str, now: datetime
) -> None:
    """Record that `person` is handed what `subject` names; to be committed before they are.

    `detail` says what it is and has its digest, and nothing of whom it is about. Raises
    `RuleBroken` for a name that is no person's.
    """
    journal.append(session, Event(now, named(person), EXPORTED, subject, detail))
