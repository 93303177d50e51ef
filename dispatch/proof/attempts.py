"""Check what the events of a delivery rest on: its attempts, messages that came back, people.

An attempt and the event that tells of it have one verdict, and the attempt's reply allows that. An
acceptance, a delivery and a bounce each rest on an attempt, a message or a person's reason.
"""

from __future__ import annotations

from collections.abc import Iterator

from dispatch.database import Session
from dispatch.domain.delivery import EVER_ACCEPTED
from dispatch.domain.proof.ledger import Event
from dispatch.domain.reply import Verdict
from dispatch.ledger.catalogue import leads_to
from dispatch.proof.store import states
from dispatch.proof.store.states import RecordState, Tried


def problems(session: Session, delivery: RecordState) -> Iterator[str]:
    """Yield, in words that follow its name, what of a delivery's events rests on nothing."""
    for number, tried in delivery.attempts.items():
        if not _fits(tried):
            reply = "without a reply" if tried.code is None else f"by a reply {tried.code}"
            yield f"has an attempt {number} that cannot be {tried.verdict} {reply}"
    for each in delivery.events:
        if problem := _problem(session, delivery, each.event):
            yield f"{problem} (event {each.id})"


def _fits(tried: Tried) -> bool:
    if tried.verdict is None:  # of a release before attempts had one
        return True
    try:
        return Verdict(tried.verdict).fits(tried.code)
    except ValueError:
        return False


def _problem(session: Session, delivery: RecordState, event: Event) -> str | None:
    number, verdict = event.detail.get("attempt"), event.detail.get("verdict")
    if number is not None and verdict is not None:
        return _unlike_attempt(delivery, number, event)
    state = leads_to(event)
    if state not in EVER_ACCEPTED or event.detail.get("because"):
        return None
    mail = event.detail.get("mail")
    if mail is not None and states.has_mail(session, mail):
        return None
    came = f"no message {mail[:8]} came in" if mail else "no attempt, message or reason is named"
    return f"is told to be {state.value}, but {came}"


def _unlike_attempt(delivery: RecordState, number: str, event: Event) -> str | None:
    """Return how an event differs from the attempt that it tells of."""
    tried = delivery.attempts.get(number)
    if tried is None:
        return f"has no attempt {number}, of which an event tells"
    told = (event.detail.get("envid", tried.envid), event.detail["verdict"])
    if told != (tried.envid, tried.verdict):
        return (
            f"has an attempt {number} that is {tried.envid}, {tried.verdict}, but an event says "
            f"{', '.join(told)}"
        )
    return None
