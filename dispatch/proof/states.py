"""Check lives: each delivery, posting, letter and mailout is in the state that its events lead to.

Each event must be a step that the record's life has (`domain.life`): what was refused is not
accepted afterwards. In between a record may have been in states that no event tells of.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from enum import Enum
from itertools import chain
from typing import Any, Final
from uuid import UUID

from dispatch.database import Session
from dispatch.domain import delivery, letter, mailout
from dispatch.domain.calendar import moment_in_words
from dispatch.domain.delivery import IN_PROGRESS
from dispatch.domain.letter import LetterState
from dispatch.domain.life import Life
from dispatch.domain.posting import posting
from dispatch.domain.proof.ledger import Event
from dispatch.ledger.catalogue import leads_to, may_follow
from dispatch.ledger.kinds import Subject
from dispatch.proof import attempts, names
from dispatch.proof.store import states
from dispatch.proof.store.states import Numbered, RecordState

WITHOUT_EVENTS: Final = frozenset(state.value for state in IN_PROGRESS)
"""Deliveries move between these states without events."""

_LIVES: Final[Mapping[Subject, tuple[Life[Any], Callable[[Session, UUID], str]]]] = {
    Subject.DELIVERY: (delivery.LIFE, names.delivery),
    Subject.MAILOUT: (mailout.LIFE, names.mailout),
    Subject.LETTER: (letter.LIFE, names.letter),
    Subject.POSTING: (posting.LIFE, names.posting),
}


def problems(session: Session, only: Collection[str] | None = None) -> Iterator[str]:
    """Yield, in words, each step that no life has, and each record whose state differs.

    Of all records, or of those alone that `only` has as subjects of events.
    """
    for subject, (life, called) in _LIVES.items():
        for each in states.with_events(session, subject, only):
            for problem in chain(
                impossible(life, each.events),
                _differs(session, subject, each),
                attempts.problems(session, each),
            ):
                yield f"{called(session, each.id)} {problem}"


def impossible(life: Life[Any], events: Iterable[Numbered]) -> Iterator[str]:
    """Yield, in words, each event about one record that cannot follow the one before."""
    before: tuple[Event, Enum] | None = None
    for each in events:
        then = leads_to(each.event)
        if then is None:
            continue
        if not may_follow(life, before[1] if before else None, each.event):
            yield f"{_was(before)} be {_spelled(then)} (event {each.id})"
        before = each.event, then


def _was(before: tuple[Event, Enum] | None) -> str:
    if before is None:
        return "cannot at first"
    event, state = before
    return f"was {_spelled(state)} on {moment_in_words(event.at)}, and cannot then"


def _spelled(state: Enum) -> str:
    return str(state.value).replace("_", " ")


def _differs(session: Session, subject: Subject, each: RecordState) -> Iterator[str]:
    said = replayed(each.events)
    if agrees(each.state, said):
        return
    if subject is Subject.LETTER and _is_unsent_letter(session, each, said):
        return
    yield f"is {each.state}, but " + (
        f"the last event says {said}" if said else "no event says what state it should be in"
    )


def _is_unsent_letter(session: Session, each: RecordState, said: str | None) -> bool:
    """Whether a letter is in a state that needs no event: wanted, or void though never sent.

    A letter that was not sent becomes void when its mailout is rendered again. Of a new version an
    event says that it was withdrawn.
    """
    if each.state == LetterState.WANTED.value and said is None:
        return True
    is_void = each.state == LetterState.VOID.value and said != LetterState.PROPOSED.value
    return is_void and not states.has_deliveries(session, each.id)


def replayed(events: Iterable[Numbered]) -> str | None:
    """Return the state that the events about one record lead to; None if they lead to none."""
    found = [state for state in (leads_to(each.event) for each in events) if state is not None]
    return str(found[-1].value) if found else None


def agrees(state: str, replayed: str | None) -> bool:
    """Whether a state is the replayed one, or a delivery may move between both without events."""
    return state == replayed or (state in WITHOUT_EVENTS and replayed in WITHOUT_EVENTS)
