"""Replay events: derive the state that a record should be in from the events about it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from dispatch.domain.delivery import IN_PROGRESS, DeliveryState
from dispatch.domain.ledger import Event
from dispatch.domain.letter import LetterState
from dispatch.domain.mailout import MailoutState

STATES: Final[dict[str, frozenset[str]]] = {
    kind: frozenset(str(state.value) for state in states)
    for kind, states in (
        ("delivery", DeliveryState),
        ("letter", LetterState),
        ("mailout", MailoutState),
    )
}
SAID_AS: Final[dict[str, str]] = {
    "delivery.resent": DeliveryState.QUEUED.value,
    "letter.approved": LetterState.RENDERED.value,
    "letter.withdrawn": LetterState.VOID.value,
    "mailout.planned": MailoutState.DRAFT.value,
    "mailout.reopened": MailoutState.DRAFT.value,
}
"""Events that lead to a state with another name."""

WITHOUT_EVENTS: Final = frozenset(state.value for state in IN_PROGRESS)
"""Deliveries move between these states without events."""


def state_after(events: Iterable[Event]) -> str | None:
    """Return the state that the events about one record lead to; None if they lead to none."""
    state = None
    for event in events:
        state = _leads_to(event) or state
    return state


def _leads_to(event: Event) -> str | None:
    if event.action == "delivery.settled":
        is_accepted = event.detail.get("as") == "accepted"
        return "accepted" if is_accepted else "queued"
    kind, _, word = event.action.partition(".")
    return word if word in STATES.get(kind, frozenset()) else SAID_AS.get(event.action)


def agrees(state: str, replayed: str | None) -> bool:
    """Whether a state is the replayed one, or a delivery may move between both without events."""
    return state == replayed or (state in WITHOUT_EVENTS and replayed in WITHOUT_EVENTS)
