"""What happened: the events that somebody asks for, and which entry of the ledger each is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Final

from dispatch.database import Session
from dispatch.domain.proof.ledger import Event
from dispatch.proof import names
from dispatch.proof.store import events
from dispatch.proof.store.events import Stored
from dispatch.proof.store.filters import Filters

PAGE: Final = 500
"""Events in memory at once."""


@dataclass(frozen=True, slots=True)
class RecordedEvent:
    """One event, as people look it up."""

    id: int
    """Its number in the database."""
    event: Event
    place: int | None
    """Which entry of the ledger it is; None until it is sealed."""
    about: str
    """What people call the record that it is about; without an address."""


def search(
    session: Session, wanted: Filters, *, after: int | None = None, limit: int | None = None
) -> Iterator[RecordedEvent]:
    """Return the events that match, the oldest first, some at a time in memory.

    Those that follow event `after`, and at most `limit`. A person matches as the one who acted, or
    as the recipient of a delivery. Raises `NotFound` for an unknown authority or event.
    """
    pages = events.pages(session, wanted, after=after, size=min(PAGE, limit or PAGE))
    return islice(chain.from_iterable(_named(session, page) for page in pages), limit)


def _named(session: Session, page: Sequence[Stored]) -> Iterator[RecordedEvent]:
    about = names.subjects(session, {each.event.subject for each in page})
    return (
        RecordedEvent(each.id, each.event, each.place, about[each.event.subject]) for each in page
    )
