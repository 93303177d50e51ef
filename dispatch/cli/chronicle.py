"""What happened, as `dispatch audit show --events` lists it: who did what, when, about what."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from dispatch.cli.listing import Listing
from dispatch.domain import calendar
from dispatch.proof.store.events import Happening

SHOWN: Final = ("when", "who", "what happened", "about")
COLUMNS: Final = ("at", "actor", "action", "subject", "about", "detail", "entry")

CODE: Final = re.compile(r"[0-9a-f]{12,64}(\.[0-9]+)?|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""A digest or an id: for programs, not for people."""


def listing(found: Sequence[Happening]) -> Listing:
    """Return events as a list."""
    return Listing(
        what="events",
        count=len(found),
        nothing="Nothing happened that answers to this.",
        shown=(SHOWN, map(_shown, found)),
        table=(COLUMNS, map(as_row, found)),
        data=map(as_data, found),
    )


def _shown(each: Happening) -> tuple[str, str, str, str]:
    event = each.event
    at = calendar.local(event.at)
    when = f"{at:%d %b %Y}\n{at:%H:%M %Z}"
    if each.place is None:
        when += "\nnot sealed"
    return when, event.actor, "\n".join(_told(each)), each.about


def _told(each: Happening) -> Iterator[str]:
    """Yield what happened, and what was said of it as far as people can read that."""
    yield re.sub(r"[._]", " ", each.event.action)
    for name, value in each.event.detail.items():
        if value and not CODE.fullmatch(value):
            yield f"{name.replace('_', ' ')}: {value}"


def as_row(each: Happening) -> dict[str, str]:
    """Return a row for a spreadsheet: London's time with its zone, no entry until it is sealed."""
    event = each.event
    return {
        "at": calendar.local(event.at).isoformat(timespec="seconds"),
        "actor": event.actor,
        "action": event.action,
        "subject": event.subject,
        "about": each.about,
        "detail": "; ".join(f"{name}: {value}" for name, value in event.detail.items()),
        "entry": "" if each.place is None else str(each.place),
    }


def as_data(each: Happening) -> dict[str, object]:
    """Return an event for a program: the moment in UTC."""
    event = each.event
    return {
        "at": event.at,
        "actor": event.actor,
        "action": event.action,
        "subject": event.subject,
        "about": each.about,
        "detail": event.detail,
        "entry": each.place,
        "is_sealed": each.place is not None,
    }
