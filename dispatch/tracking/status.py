"""Track: where a mailout stands, counted from the rows themselves."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from dispatch.database import Session
from dispatch.database.tables import Mailout
from dispatch.domain import calendar
from dispatch.domain.delivery import DeliveryState
from dispatch.domain.hours import ReminderHours, SendingHours
from dispatch.domain.letter import LetterState
from dispatch.domain.mailout import AWAITING_UPLOAD, MailoutState
from dispatch.domain.reminders import ReminderKind, ReminderState, Timetable
from dispatch.letters.store import letters as stored_letters
from dispatch.letters.store import versions
from dispatch.sending.store import deliveries as stored_deliveries
from dispatch.tracking.store import heartbeats, reach, reminders, standing
from dispatch.tracking.store.reach import Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """Where one mailout stands at a moment."""

    at: datetime
    name: str
    title: str
    state: MailoutState
    remark: str | None
    letters: Mapping[LetterState, int]
    deliveries: Mapping[DeliveryState, int]
    reached: frozenset[str]
    """Authorities whose first To recipient's letter is accepted or better, and not challenged.

    Of one that was sent again the last delivery counts.
    """
    unreached: Mapping[str, DeliveryState | None]
    """The other ones that are due a letter, with how far it has come to that recipient."""
    challenged: frozenset[str]
    """Those of the unreached whose letter waits until its recipient lets it through."""
    proposed: tuple[str, ...]
    """Authorities with a new version of the letter that waits for a second person."""
    delayed: int
    """Deliveries that a server has and still tries to pass on."""
    about_us: int
    """Deliveries that came back because of what our own server or domain is."""
    release_at: datetime
    sending_hours: SendingHours | None
    next_try_at: datetime | None
    """When the next letter may leave, if any waits and the mailout is on its way."""
    not_after: datetime
    reminders: ReminderHours | None
    """When the office is told who is not reached; None for never."""
    last_reminder: Told | None
    next_reminder_at: datetime | None
    upload_date: date
    days_to_upload: int
    """Calendar days; negative once it has passed."""
    working_days_to_upload: int
    approved_by: str | None
    approved_digest: str | None
    clocks: Mapping[str, datetime]
    """When each clock was last seen, by name."""
    workers: Mapping[str, datetime]
    """When each worker was last seen, by name."""


@dataclass(frozen=True, slots=True)
class Told:
    """The last hour at which the office was to be told who is not reached, and what came of it."""

    slot_at: datetime
    kind: ReminderKind
    unreached: int
    state: ReminderState
    remark: str | None
    """Why nothing was sent."""


SILENT_AFTER: Final = timedelta(seconds=60)
"""A clock or worker not seen for this long is taken to be gone; each beats every few seconds."""


def track(
    session: Session, mailout: Mailout, *, bank_holidays: Collection[date], now: datetime
) -> Status:
    """Count where a mailout stands."""
    plan = mailout.plan
    today = calendar.local(now).date()
    letters = stored_letters.counts(session, mailout)
    deliveries = stored_deliveries.counts(session, mailout)
    due = stored_letters.authorities(session, mailout)
    challenged = standing.challenged_authorities(session, mailout)
    how_far = reach.standings(session, mailout)
    reached = reach.reached(how_far) - challenged
    beats = heartbeats.all_seen(session)
    return Status(
        at=now,
        name=mailout.name,
        title=plan.title,
        state=mailout.state,
        remark=mailout.remark,
        letters={state: letters[state] for state in LetterState if state in letters},
        deliveries={state: deliveries[state] for state in DeliveryState if state in deliveries},
        reached=reached,
        unreached={code: _state(how_far.get(code)) for code in due - reached},
        challenged=challenged,
        proposed=tuple(each.authority_code for each in versions.proposed(session, mailout)),
        delayed=len(standing.delayed_since(session, mailout)),
        about_us=standing.count_about_us(session, mailout),
        release_at=plan.release_at,
        sending_hours=plan.sending_hours,
        next_try_at=_next_try_at(session, mailout, now),
        not_after=plan.not_after,
        reminders=plan.reminders,
        last_reminder=_last_reminder(session, mailout),
        next_reminder_at=_next_reminder_at(mailout, bank_holidays, now),
        upload_date=plan.upload_date,
        days_to_upload=(plan.upload_date - today).days,
        working_days_to_upload=calendar.working_days(today, plan.upload_date, bank_holidays),
        approved_by=mailout.approved_by,
        approved_digest=mailout.approved_digest,
        clocks={beat.name: beat.seen_at for beat in beats if beat.kind == "clock"},
        workers={beat.name: beat.seen_at for beat in beats if beat.kind == "worker"},
    )


def _state(standing: Standing | None) -> DeliveryState | None:
    return standing.state if standing else None


def _next_try_at(session: Session, mailout: Mailout, now: datetime) -> datetime | None:
    due_at = stored_deliveries.next_due_at(session, mailout)
    if due_at is None or mailout.state is not MailoutState.RELEASING:
        return None
    hours, at = mailout.plan.sending_hours, max(due_at, now)
    return hours.next_opening(at) if hours else at


def _last_reminder(session: Session, mailout: Mailout) -> Told | None:
    row = reminders.last(session, mailout)
    return Told(row.slot_at, row.kind, row.unreached, row.state, row.remark) if row else None


def _next_reminder_at(
    mailout: Mailout, bank_holidays: Collection[date], now: datetime
) -> datetime | None:
    """Return the next hour of the plan's reminders, if the letters go or have gone."""
    begins_at = mailout.released_at
    if mailout.state is MailoutState.SCHEDULED:
        begins_at = mailout.plan.release_at
    elif mailout.state not in AWAITING_UPLOAD:
        return None
    return Timetable(mailout.plan, begins_at, bank_holidays).next(now) if begins_at else None


def is_silent(seen_at: datetime, now: datetime) -> bool:
    """Whether who was last seen then is taken to be gone.

    So is who was seen in the future, by a clock that was shifted for a rehearsal.
    """
    return abs(now - seen_at) > SILENT_AFTER
