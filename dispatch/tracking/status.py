"""Where a mailout stands, counted from the rows themselves."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Any, Final, TypeVar

from dispatch.database import Session
from dispatch.database.tables import Heartbeat, Mailout, Reminder
from dispatch.domain import calendar
from dispatch.domain.delivery import DeliveryState
from dispatch.domain.hours import ReminderHours, SendingDays, SendingHours
from dispatch.domain.incoming.undecided import Prospect
from dispatch.domain.letter import LetterState
from dispatch.domain.mailout import AWAITING_UPLOAD, CLOSED, SENDING_OVER, MailoutState
from dispatch.domain.notice import Category
from dispatch.domain.sending.envelope import Sender
from dispatch.domain.sending.forecast import Forecast
from dispatch.domain.sending.pace import Rates, slowed_by
from dispatch.domain.sending.timekeeping import Timekeeping
from dispatch.domain.tracking.confirmations import (
    Round,
)
from dispatch.domain.tracking.reminders import ReminderKind, ReminderState, Timetable
from dispatch.domain.tracking.watch import Concern
from dispatch.files.holidays import ENGLAND
from dispatch.incoming.store import notices
from dispatch.letters import hands
from dispatch.letters.store import letters
from dispatch.sending import first_letters
from dispatch.sending.first_letters import FirstLetters
from dispatch.sending.store import first_letters as stored_first_letters
from dispatch.sending.store import rates as stored_rates
from dispatch.sending.store import servers
from dispatch.tracking import timekeeping
from dispatch.tracking.confirmations import (
    round_of,
)
from dispatch.tracking.forecast import forecast_of
from dispatch.tracking.standing import Standing, standing
from dispatch.tracking.store import audits, heartbeats, reminders
from dispatch.tracking.store.tallies import Tally
from dispatch.tracking.watch import watch


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """Where one mailout stands at a moment."""

    at: datetime
    name: str
    title: str
    state: MailoutState
    remark: str | None
    letters: Mapping[LetterState, int]
    failures: tuple[tuple[str, str], ...]
    """Authorities whose letter could not be made, by code, each with why."""
    deliveries: Mapping[DeliveryState, int]
    reached: int
    """How many authorities' letter to the first To role is accepted or better, and not kept back
    there. Of a letter that was resent or reissued, the last delivery counts."""
    unreached: Mapping[str, DeliveryState | None]
    """The other authorities that are due a letter, by code, with the state of that delivery; None
    if there is no delivery."""
    kept_back: Mapping[str, Category]
    """Unreached authorities whose letter waits until somebody there lets it through, by code, with
    what said so."""
    waiting: Waiting
    proposed: tuple[str, ...]
    """Codes of authorities with a new version of the letter that waits for a second person."""
    delayed: int
    """Deliveries that a server has accepted and is still trying to pass on."""
    about_us: int
    """Deliveries that came back because of our own server or domain."""
    release_at: datetime
    released_at: datetime | None
    sending_hours: SendingHours | None
    sending_days: SendingDays
    next_try_at: datetime | None
    """When the next letter may leave, if any waits and the mailout is being sent."""
    not_after: datetime
    first_letters: FirstLetters | None
    """Those that go first, alone; None if all leave together or the others may leave."""
    reminders: ReminderHours | None
    """When staff are reminded of the authorities not reached; None for never."""
    last_reminder: LastReminder | None
    next_reminder_at: datetime | None
    asked: Round | None
    """How the question to the contacts stands, whether they are the right person; None once the
    letters have left, or while it is too early."""
    concerns: tuple[Concern, ...]
    """What will not happen on its date unless somebody acts, the most urgent first."""
    last_warning: LastReminder | None
    """The last that staff were told of these."""
    next_warning_at: datetime | None
    upload_date: date
    days_to_upload: int
    """Calendar days; negative once it has passed."""
    working_days_to_upload: int
    approved_by: str | None
    approved_digest: str | None
    took_part_in_both: str | None
    """Who took part in asking for the letters as well, though somebody else approved them."""
    clocks: Mapping[str, datetime]
    """When each clock was last seen, by name."""
    workers: Mapping[str, datetime]
    """When each worker was last seen, by name."""
    unlooked: Mapping[str, datetime | None]
    """Ways by which messages come back that nobody has looked at for an hour although letters have
    left, each with when somebody last did; None for over a day ago, or never."""
    held: Timekeeping | None
    """The time as it is held to be, if nothing is released and nothing expires because of that."""
    ledger: LedgerState | None
    """How the ledger was found by night; None if no night has passed yet."""
    mail_server: ServerState | None
    """How the mail server does; None if no letter was ever offered to one."""
    forecast: Forecast | None
    """When the letters that wait will have left; None if none waits or no rate limits them."""
    slowed_to: timedelta | None
    """The time from one letter to the next, while a mail server has said that we send too fast."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """The notices that nothing proves and that wait until a person decides about each."""

    perhaps: Mapping[str, Prospect]
    """What one says of the letter of an authority that is not surely reached because of it, by the
    authority's code."""
    undecided: Mapping[Prospect, int]
    """How many there are, by what they would show if they were believed."""
    forged: int
    """How many more have a forged or damaged token."""
    untied: int
    """How many bounces have come since the release that name no delivery of any mailout."""


@dataclass(frozen=True, slots=True)
class ServerState:
    """How the mail server does, as far as letters were offered to it."""

    address: str
    accepted_at: datetime | None
    """When it last took a letter."""
    trouble: str | None
    """Its last trouble, word for word but for addresses."""
    troubled_since: datetime | None
    troubled_at: datetime | None
    troubles: int
    """How often that trouble was met."""
    well_at: datetime | None
    """When it ended; None while it lasts."""
    next_try_at: datetime | None

    @property
    def is_in_trouble(self) -> bool:
        """Whether letters cannot leave by it at the moment, as far as we know."""
        return self.trouble is not None and self.well_at is None


@dataclass(frozen=True, slots=True)
class LedgerState:
    """How the ledger was found when it was last verified by night."""

    at: datetime
    wrong: tuple[str, ...]
    """What was wrong, a line each; empty if it held."""
    held_at: datetime | None
    """When it was last found to hold."""


@dataclass(frozen=True, slots=True)
class LastReminder:
    """The reminder of the last hour that was due, and how it ended."""

    slot_at: datetime
    kind: ReminderKind
    unreached: int
    state: ReminderState
    remark: str | None
    """Why nothing was sent."""


S = TypeVar("S", bound=Enum)

UNLIMITED: Final = Rates()

SILENT_AFTER: Final = timedelta(seconds=60)
"""A clock or worker not seen for this long is taken to be gone; each beats every few seconds."""


UNLOOKED_AFTER: Final = timedelta(hours=1)
"""A mailbox is looked at every minute: one that nobody has looked at for so long is told of."""


OF_PLAN: Final = (
    *("title", "release_at", "sending_hours", "sending_days"),
    *("not_after", "reminders", "upload_date"),
)
"""What a status has from the plan as it is there."""


def status_of(
    session: Session,
    mailout: Mailout,
    *,
    rates: Rates = UNLIMITED,
    sender: Sender | None = None,
    ways: Sequence[str] = (),
    now: datetime,
) -> Status:
    """Count where a mailout stands.

    `ways` are those by which messages come back, as the settings have them.
    Without a sender, whose key shows which answers are genuine, contacts' answers are not counted.
    """
    plan, today = mailout.plan, calendar.local(now).date()
    bank_holidays = plan.holidays(ENGLAND)
    asked = round_of(session, mailout, sender, now=now) if sender else None
    known = standing(session, mailout)
    watched = watch(session, mailout, known.tally, now=now, asked=asked)
    told = reminders.last_of_each(session, mailout)
    return Status(
        at=now,
        name=mailout.name,
        **{each: getattr(plan, each) for each in OF_PLAN},
        state=mailout.state,
        remark=mailout.why,
        letters=_in_order(LetterState, known.tally.letters),
        failures=_failures(session, mailout, known.tally),
        deliveries=_in_order(DeliveryState, known.tally.deliveries),
        **_reach(session, mailout, known),
        released_at=mailout.released_at,
        next_try_at=_next_try_at(mailout, known.tally, now),
        first_letters=first_letters.shown(session, mailout, now=now),
        last_reminder=_last_reminder(told[False]),
        next_reminder_at=_next_reminder_at(mailout, bank_holidays, now),
        asked=asked,
        concerns=watched.shown(),
        last_warning=_last_reminder(told[True]),
        next_warning_at=watched.next(),
        days_to_upload=(plan.upload_date - today).days,
        working_days_to_upload=calendar.working_days(today, plan.upload_date, bank_holidays),
        approved_by=mailout.approved_by,
        approved_digest=mailout.approved_digest,
        took_part_in_both=hands.recorded(session, mailout.name) if mailout.approved_by else None,
        unlooked=_unlooked(session, mailout, ways, now),
        held=timekeeping.held(session),
        ledger=ledger_state(session),
        **_sending(session, mailout, rates, now),
    )


def _failures(session: Session, mailout: Mailout, tally: Tally) -> tuple[tuple[str, str], ...]:
    if LetterState.FAILED not in tally.letters:
        return ()
    return tuple((code, why or "") for code, why in letters.failures(session, mailout))


def _unlooked(
    session: Session, mailout: Mailout, ways: Sequence[str], now: datetime
) -> Mapping[str, datetime | None]:
    if mailout.released_at is None or mailout.state in CLOSED:
        return {}
    looked = stored_first_letters.looked_at(session, ways)
    since = now - UNLOOKED_AFTER
    return {each: at for each, at in looked.items() if (at or mailout.released_at) < since}


def _reach(session: Session, mailout: Mailout, known: Standing) -> dict[str, Any]:
    """Return how many are reached, who is not, and what that waits for."""
    since = mailout.released_at
    waiting = Waiting(
        perhaps={code: each.prospect for code, each in known.perhaps.items()},
        undecided=known.undecided,
        forged=sum(each.is_forged for each in known.notices),
        untied=notices.count_untied(session, since=since) if since else 0,
    )
    return {
        "reached": known.reached,
        "unreached": known.unreached,
        "kept_back": known.reach.kept_back,
        "delayed": len(known.reach.delayed),
        "about_us": known.tally.about_us,
        "proposed": tuple(known.tally.proposed),
        "waiting": waiting,
    }


def _in_order(states: type[S], counts: Mapping[S, int]) -> dict[S, int]:
    """Return counts by state, in the order of a life."""
    return {state: counts[state] for state in states if state in counts}


def _seen(beats: Iterable[Heartbeat], kind: str) -> dict[str, datetime]:
    """Return when each clock or each worker was last seen, by name."""
    return {beat.name: beat.seen_at for beat in beats if beat.kind == kind}


NOT_OURS: Final = "what is noted of the last audit by night was not written by this service"


def ledger_state(session: Session) -> LedgerState | None:
    """Return how the ledger was found by night; None if no night has passed yet."""
    row = audits.last(session)
    if row is None:
        return None
    if not audits.is_ours(session, row):
        return LedgerState(row.ended_at, (NOT_OURS,), None)
    if not (row.wrong or row.held_at):
        return None
    return LedgerState(row.ended_at, tuple(row.wrong), row.held_at)


def _mail_server(session: Session) -> ServerState | None:
    row = servers.last_used(session)
    if row is None:
        return None
    return ServerState(**{each.name: getattr(row, each.name) for each in fields(ServerState)})


def _sending(session: Session, mailout: Mailout, rates: Rates, now: datetime) -> dict[str, Any]:
    """Return who was seen at work, and how long the letters that wait will take."""
    beats = heartbeats.all_seen(session)
    return {
        "clocks": _seen(beats, "clock"),
        "workers": _seen(beats, "worker"),
        "mail_server": _mail_server(session),
        "forecast": _forecast(session, mailout, rates, now),
        "slowed_to": _slowed_to(session, rates, now),
    }


def _forecast(session: Session, mailout: Mailout, rates: Rates, now: datetime) -> Forecast | None:
    if rates == UNLIMITED or mailout.state in SENDING_OVER:
        return None
    found = forecast_of(session, mailout, rates, now=now)
    return found if found.slowest else None


def _slowed_to(session: Session, rates: Rates, now: datetime) -> timedelta | None:
    strikes = stored_rates.strikes(session, now=now)
    return slowed_by(strikes, rates.service) if strikes else None


def _next_try_at(mailout: Mailout, tally: Tally, now: datetime) -> datetime | None:
    due_at = tally.next_due_at
    if due_at is None or mailout.state is not MailoutState.RELEASING:
        return None
    return mailout.plan.sending_times(ENGLAND).next_opening(max(due_at, now))


def _last_reminder(row: Reminder | None) -> LastReminder | None:
    if row is None:
        return None
    return LastReminder(row.slot_at, row.kind, row.unreached, row.state, row.remark)


def _next_reminder_at(
    mailout: Mailout, bank_holidays: Container[date], now: datetime
) -> datetime | None:
    """Return the next hour of the plan's reminders, if the letters have gone or are scheduled."""
    begins_at = mailout.released_at
    if mailout.state is MailoutState.SCHEDULED:
        begins_at = mailout.plan.release_at
    elif mailout.state not in AWAITING_UPLOAD:
        return None
    return Timetable(mailout.plan, begins_at, bank_holidays).next(now) if begins_at else None


def is_silent(seen_at: datetime, now: datetime) -> bool:
    """Whether a clock or worker that was last seen then is taken to be gone.

    So is one that was seen in the future, by a clock that was shifted for a trial.
    """
    return abs(now - seen_at) > SILENT_AFTER
