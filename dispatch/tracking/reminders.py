"""Email staff about the authorities not reached yet, at the hours that the mailout's plan names.

Each address gets at most one reminder for each hour of the plan, whichever workers run and wherever
one crashes: the reminder is recorded as offered before the server hears of it, and one without a
verdict is never repeated, since the next hour's follows anyway. It never goes to a recipient.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID, uuid5

from dispatch.database import Session, Sessions
from dispatch.database.tables import Mailout, Reminder
from dispatch.documents import Templates
from dispatch.domain.address import folded
from dispatch.domain.errors import DispatchError
from dispatch.domain.mailout import AWAITING_UPLOAD
from dispatch.domain.proof.ledger import WORKER, Event
from dispatch.domain.remedy import Remedy
from dispatch.domain.reply import Outcome, Verdict
from dispatch.domain.sending.envelope import Sender
from dispatch.domain.tracking.reminders import (
    OFFERED,
    RETRY_AFTER,
    ReminderKind,
    ReminderState,
    Timetable,
    UnreachedLine,
    came_to,
    reminder_text,
)
from dispatch.domain.tracking.unreached import Course, Unreached
from dispatch.files.holidays import bank_holidays
from dispatch.ledger import events, journal
from dispatch.letters.store import letters
from dispatch.mail.outgoing.staff import StaffMessage, offer, staff_message
from dispatch.mail.outgoing.transport import Transport
from dispatch.mailouts.store import mailout_named
from dispatch.register.store import authorities
from dispatch.tracking.store import reminders
from dispatch.tracking.unreached import find_unreached

FOLDER: Final = "notice"
FILES: Final = {ReminderKind.UNREACHED: "unreached", ReminderKind.ALL_REACHED: "all-reached"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReminderMeans:
    """Who is reminded, and what that is done with."""

    staff: Sequence[str]
    """Their addresses."""
    sessions: Sessions
    transport: Transport
    sender: Sender
    templates: Templates
    clock: Callable[[], datetime]
    in_words: Callable[[Remedy], str]
    """Returns a remedy as a command or a sentence."""


@dataclass(frozen=True, slots=True)
class Reminded:
    """How one reminder ended."""

    state: ReminderState
    kind: ReminderKind
    withheld: int
    """How many addresses of staff it did not go to, because they are a recipient's as well."""


def due(session: Session, *, now: datetime) -> list[str]:
    """Return the names of the mailouts that staff must be reminded of now."""
    return [
        mailout.name
        for mailout in reminders.awaiting_upload(session)
        if (slot := _slot(mailout, now)) and _is_open(session, mailout, slot, now)
    ]


def remind(means: ReminderMeans, name: str) -> Reminded | None:
    """Send a mailout's reminder for the present hour; None if no reminder is due.

    Owns its transactions, since none may be open while it waits for the server.
    """
    now = means.clock()
    with means.sessions.read() as session:
        mailout = mailout_named(session, name)
        slot = _slot(mailout, now)
        if not means.staff or not slot or not _is_open(session, mailout, slot, now):
            return None
        written = _write(session, means, mailout, slot, now)
    with means.sessions.begin() as session:
        row_id, messages = _record_offered(session, name, written, now)
    if row_id is None:
        return None
    state = ReminderState.UNSENT
    if messages:
        outcomes = {message.address: offer(means.transport, message) for message in messages}
        with means.sessions.begin() as session:
            state = _record_outcomes(session, name, row_id, outcomes, means.clock())
    return Reminded(state, written.kind, written.withheld)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Written:
    """The reminder for one hour, as written and not yet recorded."""

    slot: datetime
    kind: ReminderKind
    unreached: int
    messages: tuple[StaffMessage, ...] = ()
    withheld: int = 0
    remark: str | None = None
    """Why nothing will be sent."""


def _slot(mailout: Mailout, now: datetime) -> datetime | None:
    """Return the hour of the plan that it is now, whether or not its reminder was handled."""
    if mailout.plan.reminders is None or mailout.released_at is None:
        return None
    return Timetable(mailout.plan, mailout.released_at, _holidays(mailout, now)).current(now)


def _holidays(mailout: Mailout, now: datetime) -> Collection[date]:
    return bank_holidays({now.year, mailout.plan.upload_date.year})


def _is_open(session: Session, mailout: Mailout, slot: datetime, now: datetime) -> bool:
    row = reminders.of_slot(session, mailout, slot)
    return row is None or _is_due_again(row, now)


def _is_due_again(row: Reminder, now: datetime) -> bool:
    is_deferred = row.state is ReminderState.DEFERRED
    return is_deferred and row.ended_at is not None and row.ended_at + RETRY_AFTER <= now


def _write(
    session: Session, means: ReminderMeans, mailout: Mailout, slot: datetime, now: datetime
) -> _Written:
    """Write the reminder, or why nothing will be sent."""
    found = find_unreached(session, mailout)
    kind = ReminderKind.UNREACHED if found else ReminderKind.ALL_REACHED
    others = reminders.addresses_of_others(session, mailout)
    to = [address for address in means.staff if folded(address) not in others]
    written = _Written(
        slot=slot, kind=kind, unreached=len(found), withheld=len(means.staff) - len(to)
    )
    before = reminders.last_arrived_before(session, mailout, slot)
    if kind is ReminderKind.ALL_REACHED and before and before.kind is kind:
        return replace(written, remark="all are reached, and staff know")
    if not to:
        return replace(written, remark="every address in DISPATCH_OFFICE is also a recipient's")
    try:
        text = means.templates.mail(
            FOLDER, FILES[kind], _values(session, means, mailout, found, now)
        )
        messages = [
            staff_message(means.sender, address, text, at=now, id_=_id(mailout, slot, address))
            for address in to
        ]
    except DispatchError as error:
        return replace(written, remark=f"it cannot be written: {error}")
    return replace(written, messages=tuple(messages))


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
        total=len(letters.authorities(session, mailout)),
        bank_holidays=_holidays(mailout, now),
    )
    values = {each.name: getattr(text, each.name) for each in fields(text)}
    return {**values, "rows": [_row(each, means.in_words) for each in text.rows]}


def _row(line: UnreachedLine, in_words: Callable[[Remedy], str]) -> dict[str, Any]:
    shown = {each: getattr(line, each) for each in ("code", "name", "why", "since")}
    return {**shown, "next": in_words(line.remedy), "is_command": line.remedy.is_act}


def _id(mailout: Mailout, slot: datetime, address: str) -> UUID:
    """Return the id of one hour's message to one address: the same when it is tried again."""
    return uuid5(mailout.id, f"{slot.isoformat()} {address}")


def _record_offered(
    session: Session, name: str, written: _Written, now: datetime
) -> tuple[UUID | None, list[StaffMessage]]:
    """Record the reminder as offered; return its row's id and the messages to offer.

    There are none if nothing will be sent. The id is None if another worker was quicker, or if the
    mailout has ended. The lock on the mailout makes workers take turns here, and the commit that
    follows comes before the server hears anything: the second one finds the row.
    """
    mailout = mailout_named(session, name, is_locked=True)
    row = reminders.of_slot(session, mailout, written.slot)
    is_taken = row is not None and not _is_due_again(row, now)
    if is_taken or mailout.state not in AWAITING_UPLOAD:
        return None, []
    earlier = row.verdicts if row else {}
    messages = [each for each in written.messages if _is_wanted(earlier.get(each.address))]
    state = ReminderState.OFFERED if messages else ReminderState.UNSENT
    row = _row_for(session, mailout, row, written, state, now)
    row.remark = written.remark
    row.verdicts = {**earlier, **{each.address: OFFERED for each in messages}}
    row.ended_at = None if messages else now
    detail = {"kind": written.kind.value, "unreached": str(written.unreached)}
    counted = {"addresses": len(messages), "withheld": written.withheld}
    detail |= {what: str(count) for what, count in counted.items() if count}
    journal.append(session, _event(row, name, now, detail))
    return row.id, messages


def _is_wanted(verdict: str | None) -> bool:
    """Whether an address still needs it: it has not been offered there, or was deferred."""
    return verdict in {None, Verdict.DEFERRED.value}


def _row_for(
    session: Session,
    mailout: Mailout,
    row: Reminder | None,
    written: _Written,
    state: ReminderState,
    now: datetime,
) -> Reminder:
    """Return the hour's row in its new state: a new one, or the one that was deferred."""
    if row is not None:
        row.move_to(state)
        row.kind, row.unreached = written.kind, written.unreached
        return row
    row = Reminder(
        mailout_id=mailout.id,
        slot_at=written.slot,
        kind=written.kind,
        unreached=written.unreached,
        state=state,
        created_at=now,
    )
    session.add(row)
    return row


def _record_outcomes(
    session: Session, name: str, row_id: UUID, outcomes: Mapping[str, Outcome], now: datetime
) -> ReminderState:
    """Record the server's reply for each address; return the state of the reminder as a whole."""
    row = session.get_one(Reminder, row_id, with_for_update=True)
    row.verdicts = row.verdicts | {to: outcome.verdict.value for to, outcome in outcomes.items()}
    row.replies = row.replies | {to: str(outcome) for to, outcome in outcomes.items()}
    row.ended_at = now
    row.move_to(came_to(row.verdicts.values()))
    counted = Counter(outcome.verdict.value for outcome in outcomes.values())
    detail = {verdict: str(count) for verdict, count in counted.items()}
    journal.append(session, _event(row, name, now, detail))
    return row.state


def _event(row: Reminder, name: str, now: datetime, detail: Mapping[str, str]) -> Event:
    hour = row.slot_at.isoformat()
    return events.into(row.state).event(now, WORKER, name, hour=hour, **detail)
