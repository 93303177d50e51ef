"""What happened: the events that somebody asks for, and which entry of the ledger each is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, partial

from dispatch.database import Session
from dispatch.domain.proof.ledger import Event
from dispatch.proof import names
from dispatch.proof.store import events, filters
from dispatch.proof.store.filters import Filters


@dataclass(frozen=True, slots=True)
class RecordedEvent:
    """One event, as people look it up."""

    event: Event
    place: int | None
    """Which entry of the ledger it is; None until it is sealed."""
    about: str
    """What people call the record that it is about; without an address."""


def search(session: Session, wanted: Filters) -> list[RecordedEvent]:
    """Return the events that match, the oldest first. Raises `NotFound` for an unknown authority.

    A person matches as the one who acted, or as the recipient of a delivery.
    """
    conditions = list(filters.events(session, wanted))
    about = cache(partial(names.subject, session))
    return [
        RecordedEvent(event, place, about(event.subject))
        for event, place in events.between(session, wanted.since, wanted.until)
        if all(is_met(event) for is_met in conditions)
    ]
