"""Bar: an address is not to be written to, on a person's word, or may be written to again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from dispatch.database import Session
from dispatch.database.tables import Delivery
from dispatch.domain.address import folded
from dispatch.domain.errors import BadInput, NotFound, RuleBroken
from dispatch.domain.ledger import Event
from dispatch.domain.word import named
from dispatch.files.contacts import mailbox
from dispatch.files.tables.faults import Wrong
from dispatch.ledger import journal
from dispatch.register.store import suppressions


@dataclass(frozen=True, slots=True)
class Barred:
    """What a suppression came to."""

    address: str
    stopped: Sequence[Delivery]
    """What waited to go there, and does not go."""
    held: int
    """How many letters to it a worker holds, which may still leave."""


@dataclass(frozen=True, slots=True)
class Lifted:
    """What it came to that a suppression was lifted."""

    address: str
    unsent: Sequence[tuple[str, Delivery]]
    """What was not sent because of it and may still be wanted, with its mailout's name."""


def bar(
    session: Session,
    address: str,
    *,
    person: str,
    because: str,
    now: datetime,
    at_keyboard: str | None = None,
) -> Barred:
    """Have an address left alone, and end what waits to go there.

    Raises `BadInput` for what is no address; `RuleBroken` if it is suppressed already, or without
    a reason or a person's name.
    """
    name, reason = _word(person, because)
    try:
        key = folded(mailbox(address.strip()))
    except Wrong as error:
        raise BadInput(f"{address!r} {error}") from None
    if known := suppressions.suppression_of(session, key):
        raise RuleBroken(f"{key} is suppressed already: {known.reason}")
    row = suppressions.add(session, key, reason, by=name, now=now)
    detail = {"why": reason, "at_keyboard": at_keyboard or name}
    subject = f"suppression:{row.id}"
    journal.append(session, Event(now, name, "address.suppressed", subject, detail))
    stopped = suppressions.stop_waiting(session, actor=name, now=now, address_key=key)
    return Barred(key, stopped, suppressions.held(session, key))


def lift(
    session: Session,
    address: str,
    *,
    person: str,
    because: str,
    now: datetime,
    at_keyboard: str | None = None,
) -> Lifted:
    """Let an address be written to again. What was not sent meanwhile stays unsent.

    Raises `NotFound` if it is not suppressed; `RuleBroken` without a reason or a person's name.
    """
    name, reason = _word(person, because)
    key = folded(address.strip())
    rows = suppressions.holding(session, key)
    if not rows:
        raise NotFound(f"{key} is not suppressed; see `dispatch suppression list`")
    detail = {"because": reason, "at_keyboard": at_keyboard or name}
    for row in rows:
        row.lifted_at, row.lifted_by, row.lifted_because = now, name, reason
        subject = f"suppression:{row.id}"
        journal.append(session, Event(now, name, "suppression.lifted", subject, detail))
    return Lifted(key, suppressions.unsent(session, key))


def _word(person: str, because: str) -> tuple[str, str]:
    name, reason = named(person), " ".join(because.split())
    if not reason:
        raise RuleBroken("say why: who asked for it, or what shows that it is right?")
    return name, reason
