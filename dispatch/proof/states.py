"""Check states: each delivery, letter and mailout is in the state that its events lead to."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Final

from dispatch.database import Session
from dispatch.domain.delivery import IN_PROGRESS
from dispatch.domain.letter import LetterState
from dispatch.domain.proof.ledger import Event
from dispatch.ledger.events import leads_to
from dispatch.ledger.kinds import Subject
from dispatch.proof import names
from dispatch.proof.store import states
from dispatch.proof.store.states import RecordState

WITHOUT_EVENTS: Final = frozenset(state.value for state in IN_PROGRESS)
"""Deliveries move between these states without events."""


def problems(session: Session, only: Collection[str] | None = None) -> Iterator[str]:
    """Yield, in words, each record whose state is not the one that its events lead to.

    Of all records, or of those alone that `only` has as subjects of events.
    """
    for each in _differing(session, Subject.DELIVERY, only):
        yield _problem(names.delivery(session, each.id), each)
    for each in _differing(session, Subject.MAILOUT, only):
        yield _problem(names.mailout(session, each.id), each)
    for each in _differing(session, Subject.LETTER, only):
        if not _is_unsent_letter(session, each):
            yield _problem(names.letter(session, each.id), each)


def _differing(
    session: Session, subject: Subject, only: Collection[str] | None
) -> Iterator[RecordState]:
    for each in states.with_events(session, subject, only):
        if not agrees(each.state, replayed(each.events)):
            yield each


def _is_unsent_letter(session: Session, each: RecordState) -> bool:
    """Whether a letter is in a state that needs no event: wanted, or void though never sent.

    A letter that was not sent becomes void when its mailout is rendered again.
    """
    if each.state == LetterState.WANTED.value and replayed(each.events) is None:
        return True
    return each.state == LetterState.VOID.value and not states.has_deliveries(session, each.id)


def _problem(called: str, each: RecordState) -> str:
    said = replayed(each.events)
    return f"{called} is {each.state}, but " + (
        f"the last event says {said}" if said else "no event says what state it should be in"
    )


def replayed(events: Iterable[Event]) -> str | None:
    """Return the state that the events about one record lead to; None if they lead to none."""
    found = [state for state in map(leads_to, events) if state is not None]
    return str(found[-1].value) if found else None


def agrees(state: str, replayed: str | None) -> bool:
    """Whether a state is the replayed one, or a delivery may move between both without events."""
    return state == replayed or (state in WITHOUT_EVENTS and replayed in WITHOUT_EVENTS)
