"""Remind staff of the authorities not reached yet, at the hours that the mailout's plan names.

One that is in doubt is not repeated, since the next hour's follows anyway.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from datetime import datetime
from typing import Any

from dispatch.database import Session
from dispatch.database.tables import Mailout
from dispatch.domain.mailout import AWAITING_UPLOAD
from dispatch.domain.remedy import Remedy
from dispatch.domain.tracking.reminders import (
    ReminderKind,
    Timetable,
    UnreachedLine,
    reminder_text,
)
from dispatch.domain.tracking.unreached import Course, Unreached
from dispatch.files.holidays import ENGLAND
from dispatch.incoming.undecided import undecided
from dispatch.letters.store import letters
from dispatch.mailouts.store import mailout_named
from dispatch.register.store import authorities
from dispatch.tracking.staff import Reminded, ReminderMeans, Topic, Written, is_open, tell, write
from dispatch.tracking.store import reminders
from dispatch.tracking.unreached import find_unreached


def due(session: Session, *, now: datetime) -> list[str]:
    """Return the names of the mailouts that staff must be reminded of now."""
    return [
        mailout.name
        for mailout in reminders.awaiting_upload(session)
        if (slot := _slot(mailout, now)) and _is_open(session, mailout, slot, now)
    ]


def remind(means: ReminderMeans, name: str) -> Reminded | None:
    """Send a mailout's reminder for the present hour; None if no reminder is due."""
    now = means.clock()
    with means.sessions.read() as session:
        mailout = mailout_named(session, name)
        slot = _slot(mailout, now)
        if not means.staff or not slot or not _is_open(session, mailout, slot, now):
            return None
        written = _write(session, means, mailout, slot, now)
    return tell(means, name, written)


def _slot(mailout: Mailout, now: datetime) -> datetime | None:
    """Return the hour of the plan that it is now, whether or not its reminder was handled."""
    if mailout.plan.reminders is None or mailout.released_at is None:
        return None
    holidays = mailout.plan.holidays(ENGLAND)
    return Timetable(mailout.plan, mailout.released_at, holidays).current(now)


def _is_open(session: Session, mailout: Mailout, slot: datetime, now: datetime) -> bool:
    return is_open(session, mailout, slot, now, is_warning=False)


def _write(
    session: Session, means: ReminderMeans, mailout: Mailout, slot: datetime, now: datetime
) -> Written:
    """Write the reminder, or why nothing will be sent."""
    found = find_unreached(session, mailout)
    topic = Topic(
        slot=slot,
        at=now,
        kind=ReminderKind.UNREACHED if found else ReminderKind.ALL_REACHED,
        unreached=len(found),
        holds_in=AWAITING_UPLOAD,
    )
    written = write(
        session, means, mailout, topic, lambda: _values(session, means, mailout, found, now)
    )
    before = reminders.last_arrived_before(session, mailout, slot)
    if topic.kind is ReminderKind.ALL_REACHED and before and before.kind is topic.kind:
        return replace(written, messages=(), remark="all are reached, and staff know")
    return written


def _values(
    session: Session,
    means: ReminderMeans,
    mailout: Mailout,
    found: Sequence[Unreached],
    now: datetime,
) -> dict[str, Any]:
    """Return the values of the reminder's template."""
    text = reminder_text(
        mailout.plan,
        Course(mailout.name, mailout.state, mailout.plan.release_at, now),
        found,
        authorities.by_code(session),
        total=len(letters.codes(session, mailout)),
        bank_holidays=mailout.plan.holidays(ENGLAND),
    )
    waiting = sum(not each.is_forged for each in undecided(session, mailout))
    text = replace(text, undecided=waiting)
    values = {each.name: getattr(text, each.name) for each in fields(text)}
    return {**values, "rows": [_row(each, means.in_words) for each in text.rows]}


def _row(line: UnreachedLine, in_words: Callable[[Remedy], str]) -> dict[str, Any]:
    shown = {each: getattr(line, each) for each in ("code", "name", "why", "since")}
    return {**shown, "next": in_words(line.remedy), "is_command": line.remedy.is_act}
