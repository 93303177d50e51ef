"""The catalogue of events: each kind that the ledger knows, by its name.

A kind says what sort of record it is about, which details it may have, which of them are private (a
redacted evidence pack withholds these), and which state it brings the record into. The journal
refuses an event that is not in here, so nobody can forget to declare one.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any, Final

from dispatch.domain.delivery import DeliveryState
from dispatch.domain.life import Life
from dispatch.domain.proof.ledger import SERVICE, Event
from dispatch.ledger import events, people_events, posting_events, upkeep_events
from dispatch.ledger.kinds import Kind

CATALOGUE: Final[Mapping[str, Kind]] = {
    each.action: each
    for each in (
        *(each for each in vars(events).values() if isinstance(each, Kind)),
        *(each for each in vars(posting_events).values() if isinstance(each, Kind)),
        *(each for each in vars(upkeep_events).values() if isinstance(each, Kind)),
        *(each for each in vars(people_events).values() if isinstance(each, Kind)),
        *events.IMPORTED.values(),
        *events.REMINDERS.values(),
        *upkeep_events.PURGED.values(),
    )
}
"""Every kind, by its name."""

_INTO: Final[Mapping[Enum, Kind]] = {
    each.leads_to: each
    for each in CATALOGUE.values()
    if each.leads_to is not None and each.action.endswith(f".{each.leads_to.value}")
}


def into(state: Enum) -> Kind:
    """Return the kind that says just that a record came into this state."""
    return _INTO[state]


def check(event: Event) -> None:
    """Raise `ValueError` for an event that the catalogue does not have."""
    kind = CATALOGUE.get(event.action)
    if kind is None:
        raise ValueError(f"{event.action} is not in the catalogue of events")
    kind.check(event)


def leads_to(event: Event) -> Enum | None:
    """Return the state that an event brings its subject into; None if into none."""
    kind = CATALOGUE.get(event.action)
    if kind is None or kind.subject.states is None:
        return None
    if kind is events.DELIVERY_SETTLED and event.detail.get("as") == DeliveryState.ACCEPTED.value:
        return DeliveryState.ACCEPTED
    return kind.leads_to if isinstance(kind.leads_to, kind.subject.states) else None


def may_follow(life: Life[Any], before: Enum | None, event: Event) -> bool:
    """Whether an event may be the next about a record that is in a state by those before.

    It must lead to a state. `before` is None if none has led to any.
    """
    then, after = leads_to(event), CATALOGUE[event.action].after
    return life.tells(before, then) and (before is None or not after or before in after)


def tells_of_people(event: Event) -> bool:
    """Whether an event names a person, or may: a redacted evidence pack has only its digest.

    Of a kind that is not in the catalogue, anything may be true.
    """
    kind = CATALOGUE.get(event.action)
    if kind is None or event.actor not in SERVICE or not kind.subject.is_impersonal:
        return True
    return not event.detail.keys() <= kind.details
