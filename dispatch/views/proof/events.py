"""What happened: events as a table, as JSON, and as CSV for a spreadsheet."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from dispatch.domain import calendar
from dispatch.domain.proof.ledger import Event
from dispatch.ledger.catalogue import CATALOGUE
from dispatch.proof.events import RecordedEvent
from dispatch.views.form import Moment

CODE: Final = re.compile(r"[0-9a-f]{12,64}(\.[0-9]+)?|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""A digest or an id: for programs, not for people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventView:
    """An event of a record that is itself shown."""

    at: Moment
    actor: str
    action: str
    subject: str
    detail: Mapping[str, str]


def event_view(event: Event) -> EventView:
    """Return the view of an event."""
    return EventView(
        at=event.at,
        actor=event.actor,
        action=event.action,
        subject=event.subject,
        detail=event.detail,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedEventView:
    """An event and its place in the ledger, for a program."""

    at: Moment
    actor: str
    action: str
    subject: str
    about: str
    detail: Mapping[str, str]
    entry: int | None
    is_sealed: bool


def recorded_event_view(each: RecordedEvent) -> RecordedEventView:
    """Return the view of an event; its moment is in UTC."""
    event = each.event
    return RecordedEventView(
        at=event.at,
        actor=event.actor,
        action=event.action,
        subject=event.subject,
        about=each.about,
        detail=event.detail,
        entry=each.place,
        is_sealed=each.place is not None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class EventCells:
    """An event as a row of a spreadsheet: a field is a column."""

    at: datetime
    actor: str
    action: str
    subject: str
    about: str
    detail: str
    entry: int | None
    """Empty until it is sealed."""


def event_row(each: RecordedEvent) -> EventCells:
    """Return the row of an event."""
    event = each.event
    return EventCells(
        at=event.at,
        actor=event.actor,
        action=event.action,
        subject=event.subject,
        about=each.about,
        detail="; ".join(f"{name}: {value}" for name, value in event.detail.items()),
        entry=each.place,
    )


@dataclass(frozen=True, slots=True)
class EventLine:
    """An event as a row of the table for people."""

    when: str
    who: str
    what: str
    about: str


def event_line(each: RecordedEvent) -> EventLine:
    """Return the row of an event in the table."""
    at = calendar.local(each.event.at)
    sealed = "" if each.place is not None else "\nnot sealed"
    return EventLine(
        when=f"{at:%d %b %Y}\n{at:%H:%M %Z}{sealed}",
        who=each.event.actor,
        what="\n".join(_what(each.event)),
        about=each.about,
    )


def _what(event: Event) -> Iterator[str]:
    """Yield what happened, and the details that people can read."""
    kind = CATALOGUE.get(event.action)
    yield kind.words if kind else event.action
    for name, value in event.detail.items():
        if value and not CODE.fullmatch(value):
            yield f"{name.replace('_', ' ')}: {value}"
