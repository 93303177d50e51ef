"""Replay events: derive the state that a record should be in from the events about it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from dispatch.domain.delivery import IN_PROGRESS
from dispatch.domain.ledger import Event
from dispatch.ledger.events import leads_to

WITHOUT_EVENTS: Final = frozenset(state.value for state in IN_PROGRESS)
"""Deliveries move between these states without events."""


def state_after(events: Iterable[Event]) -> str | None:
    """Return the state that the events about one record lead to; None if they lead to none."""
    states = [state for state in map(leads_to, events) if state is not None]
    return str(states[-1].value) if states else None


def agrees(state: str, replayed: str | None) -> bool:
    """Whether a state is the replayed one, or a delivery may move between both without events."""
    return state == replayed or (state in WITHOUT_EVENTS and replayed in WITHOUT_EVENTS)
