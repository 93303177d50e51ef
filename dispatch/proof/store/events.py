"""Chronicle: what happened, about what in words, and whether the ledger has sealed it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache, partial

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.database.metadata import table_of
from dispatch.database.tables import EventRow
from dispatch.domain.calendar import moment
from dispatch.domain.ledger import Event
from dispatch.proof.store import names
from dispatch.proof.store.filters import Wanted, events


@dataclass(frozen=True, slots=True)
class Happening:
    """One event."""

    event: Event
    place: int | None
    """Which entry of the ledger it is; None until it is sealed."""
    about: str
    """What people call the record that it is about; no address."""


def chronicle(session: Session, wanted: Wanted) -> list[Happening]:
    """Return what happened, the oldest first. Raises `NotFound` for an unknown authority.

    A person is asked for as the one who did it, or as the recipient whom it is about.
    """
    answers = list(events(session, wanted))
    about = cache(partial(_about, session))
    return [
        Happening(event, place, about(event.subject))
        for place, event in _happened(session, wanted)
        if all(answer(event) for answer in answers)
    ]


def _happened(session: Session, wanted: Wanted) -> Iterator[tuple[int | None, Event]]:
    table = table_of(EventRow).c
    said = (table.at, table.actor, table.action, table.subject, table.detail)
    query = select(table.place, *said).order_by(table.at, table.id)
    if wanted.since:
        query = query.where(table.at >= _midnight(wanted.since))
    if wanted.until:
        query = query.where(table.at < _midnight(wanted.until + timedelta(days=1)))
    return ((place, Event(*row)) for place, *row in session.execute(query))


def _midnight(day: date) -> datetime:
    return moment(day, time(0))


def _about(session: Session, subject: str) -> str:
    """Return what the subject of an event is called."""
    kind, _, key = subject.partition(":")
    match kind:
        case "delivery" | "letter" | "suppression":
            try:
                return names.name_of(session, subject)
            except ValueError:  # it was tampered with
                return subject
        case "mail":
            return f"the incoming mail {key[: names.BEGINNING]}"
        case "checkpoint":
            return f"the ledger up to seal {key}"
        case "export":
            return f"the list of {key}"
        case _:
            return f"the {kind} {key}" if key else subject
