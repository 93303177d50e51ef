"""How much of what came in waits for a person."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.database.tables import IncomingMail, Suggestion
from dispatch.domain.incoming.message import UNDECIDED, MailState


@dataclass(frozen=True, slots=True)
class Waiting:
    """How much waits for a person."""

    suggestions: int
    """Contacts that answers suggest."""
    quarantined: int
    """Messages that could not be read."""


def count(session: Session) -> Waiting:
    """Count what waits for a person, by one statement."""
    open_ = select(func.count()).select_from(Suggestion).where(Suggestion.state.in_(UNDECIDED))
    unread = select(func.count()).select_from(IncomingMail)
    unread = unread.where(IncomingMail.state == MailState.QUARANTINED)
    found = session.execute(select(open_.scalar_subquery(), unread.scalar_subquery())).one()
    return Waiting(*map(int, found))
