"""Remind: tell the office who is not reached yet, at the hours that the mailout's plan names.

At most once an hour of the plan to each address, whoever else runs and whatever crashes: the
reminder is on record as offered before the server hears of it, and one without a verdict is never
repeated, since the next hour's follows anyway. It never goes to a recipient.
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
from dispatch.domain.envelope import Sender
from dispatch.domain.errors import DispatchError
from dispatch.domain.ledger import WORKER, Event
from dispatch.domain.mailout import AWAITING_UPLOAD
from dispatch.domain.remedy import Remedy
from dispatch.domain.reminders import (
    OFFERED,
    RETRY_AFTER,
    ReminderKind,
    ReminderState,
    Timetable,
    UnreachedLine,
    came_to,
    reminder_text,
)
from dispatch.domain.reply import Outcome, Verdict
from dispatch.domain.unreached import Course, Unreached
from dispatch.files.holidays import bank_holidays
from dispatch.ledger import journal
from dispatch.letters.store import letters
from dispatch.mail.outgoing.memo import Memo, memo, offer
from dispatch.mail.outgoing.transport import Transport
from dispatch.mailouts.store import mailout_named
from dispatch.register.store import authorities
from dispatch.tracking.store import reminders

FOLDER: Final = "notice"
FILES: Final = {ReminderKind.UNREACHED: "unreached", ReminderKind.ALL_REACHED: "all-reached"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """Who is reminded, and by what means."""

    addresses: Sequence[str]
    sessions: Sessions
    transport: Transport
    sender: Sender
    templates: Templates
    clock: Callable[[], datetime]
    trace: Callable[[Session, Mailout], list[Unreached]]
    """What finds out who is not surely reached, the most urgent first."""
    in_words: Callable[[Remedy], str]
    """What says what to do about one of them."""


@dataclass(frozen=True, slots=True)
class Reminded:
    """What became of one reminder."""

    state: ReminderState
    kind: ReminderKind
    withheld: int
    """Addresses of the office that it did not go to, since they are a recipient's."""


def due(session: Session, *, now: datetime) -> list[str]:
    """Return the names of the mailouts whose office is to be reminded now."""
    return [
        mailout.name
        for mailout in reminders.at_work(session)
        if (slot := _slot(mailout, now)) and _is_open(session, mailout, slot, now)
    ]


def remind(office: Office, name: str) -> Reminded | None:
    """Send the reminder of the present hour, if it is due and nobody else has it in hand.

    Owns its transactions, since none may be open while it waits for the server. Returns None if
    there was nothing to do.
    """
    now = office.clock()
    with office.sessions.read() as session:
        mailout = mailout_named(session, name)
        slot = _slot(mailout, now)
        if not office.addresses or not slot or not _is_open(session, mailout, slot, now):
            return None
        notice = _written(session, office, mailout, slot, now)
    with office.sessions.begin() as session:
        row_id, mails = _put_down(session, name, notice, now)
    if row_id is None:
        return None
    state = ReminderState.UNSENT
    if mails:
        outcomes = {mail.address: offer(office.transport, mail) for mail in mails}
        with office.sessions.begin() as session:
            state = _record(session, name, row_id, outcomes, office.clock())
    return Reminded(state, notice.kind, notice.withheld)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Notice:
    """What the office is to be told for one hour."""

    slot: datetime
    kind: ReminderKind
    unreached: int
    mails: tuple[Memo, ...] = ()
    withheld: int = 0
    remark: str | None = None
    """Why nothing is to be sent."""


def _slot(mailout: Mailout, now: datetime) -> datetime | None:
    """Return the hour whose reminder is for now, whether or not it was seen to."""
    if mailout.plan.reminders is None or mailout.released_at is None:
        return None
    return Timetable(mailout.plan, mailout.released_at, _holidays(mailout, now)).current(now)


def _holidays(mailout: Mailout, now: datetime) -> Collection[date]:
    return bank_holidays({now.year, mailout.plan.upload_date.year})


def _is_open(session: Session, mailout: Mailout, slot: datetime, now: datetime) -> bool:
    row = reminders.of_slot(session, mailout, slot)
    return row is None or _is_to_be_tried_again(row, now)


def _is_to_be_tried_again(row: Reminder, now: datetime) -> bool:
    is_deferred = row.state is ReminderState.DEFERRED
    return is_deferred and row.ended_at is not None and row.ended_at + RETRY_AFTER <= now


def _written(
    session: Session, office: Office, mailout: Mailout, slot: datetime, now: datetime
) -> _Notice:
    """Write what there is to say, or why there is nothing."""
    found = office.trace(session, mailout)
    kind = ReminderKind.UNREACHED if found else ReminderKind.ALL_REACHED
    others = reminders.addresses_of_others(session, mailout)
    to = [address for address in office.addresses if folded(address) not in others]
    notice = _Notice(
        slot=slot, kind=kind, unreached=len(found), withheld=len(office.addresses) - len(to)
    )
    before = reminders.last_told_before(session, mailout, slot)
    if kind is ReminderKind.ALL_REACHED and before and before.kind is kind:
        return replace(notice, remark="all are reached, and the office knows")
    if not to:
        return replace(notice, remark="every address of the office is also a recipient's")
    try:
        told = office.templates.mail(
            FOLDER, FILES[kind], _values(session, office, mailout, found, now)
        )
        mails = [
            memo(office.sender, address, told, at=now, id_=_id(mailout, slot, address))
            for address in to
        ]
    except DispatchError as error:
        return replace(notice, remark=f"it cannot be written: {error}")
    return replace(notice, mails=tuple(mails))


def _values(
    session: Session, office: Office, mailout: Mailout, found: Sequence[Unreached], now: datetime
) -> dict[str, Any]:
    told = reminder_text(
        mailout.plan,
        Course(mailout.name, mailout.state, mailout.plan.release_at, now),
        found,
        authorities.by_code(session),
        total=len(letters.authorities(session, mailout)),
        bank_holidays=_holidays(mailout, now),
    )
    values = {each.name: getattr(told, each.name) for each in fields(told)}
    return {**values, "rows": [_row(each, office.in_words) for each in told.rows]}


def _row(line: UnreachedLine, in_words: Callable[[Remedy], str]) -> dict[str, Any]:
    shown = {each: getattr(line, each) for each in ("code", "name", "why", "since")}
    return {**shown, "next": in_words(line.remedy), "is_command": line.remedy.is_act}


def _id(mailout: Mailout, slot: datetime, address: str) -> UUID:
    """Return the id of one hour's mail to one address: the same when it is tried again."""
    return uuid5(mailout.id, f"{slot.isoformat()} {address}")


def _put_down(
    session: Session, name: str, notice: _Notice, now: datetime
) -> tuple[UUID | None, list[Memo]]:
    """Put on record that it is offered, and return its row and what is to be said to the server.

    Or that nothing is; or no row at all, if somebody else was quicker or the mailout has ended.
    """
    mailout = mailout_named(session, name, is_locked=True)
    row = reminders.of_slot(session, mailout, notice.slot)
    is_somebody_elses = row is not None and not _is_to_be_tried_again(row, now)
    if is_somebody_elses or mailout.state not in AWAITING_UPLOAD:
        return None, []
    had = row.verdicts if row else {}
    mails = [mail for mail in notice.mails if _is_wanted(had.get(mail.address))]
    state = ReminderState.OFFERED if mails else ReminderState.UNSENT
    if row is None:
        row = Reminder(
            mailout_id=mailout.id,
            slot_at=notice.slot,
            kind=notice.kind,
            unreached=notice.unreached,
            state=state,
            created_at=now,
        )
        session.add(row)
    else:
        row.move_to(state)
        row.kind, row.unreached = notice.kind, notice.unreached
    row.remark = notice.remark
    row.verdicts = {**had, **{mail.address: OFFERED for mail in mails}}
    row.ended_at = None if mails else now
    detail = {"kind": notice.kind.value, "unreached": str(notice.unreached)}
    counted = {"addresses": len(mails), "withheld": notice.withheld}
    detail |= {what: str(count) for what, count in counted.items() if count}
    journal.append(session, _event(row, name, now, detail))
    return row.id, mails


def _is_wanted(verdict: str | None) -> bool:
    """Whether an address is still to get it: it never went there, or surely not."""
    return verdict in {None, Verdict.DEFERRED.value}


def _record(
    session: Session, name: str, row_id: UUID, outcomes: Mapping[str, Outcome], now: datetime
) -> ReminderState:
    """Put down what the server said of each address, and what it comes to."""
    row = session.get_one(Reminder, row_id, with_for_update=True)
    row.verdicts = row.verdicts | {to: said.verdict.value for to, said in outcomes.items()}
    row.replies = row.replies | {to: str(said) for to, said in outcomes.items()}
    row.ended_at = now
    row.move_to(came_to(row.verdicts.values()))
    counted = Counter(said.verdict.value for said in outcomes.values())
    detail = {verdict: str(count) for verdict, count in counted.items()}
    journal.append(session, _event(row, name, now, detail))
    return row.state


def _event(row: Reminder, name: str, now: datetime, detail: Mapping[str, str]) -> Event:
    told = {"hour": row.slot_at.isoformat(), **detail}
    return Event(now, WORKER, f"reminder.{row.state.value}", f"mailout:{name}", told)
