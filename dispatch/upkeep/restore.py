"""Restore: a backup becomes the database, and nothing of it leaves until a person says so.

What the service did after the backup is not on record any more, but it happened: a letter that
waited may be with its recipient. So each of these is in doubt, each mailout that would go on by
itself is paused, and no reminder is repeated.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from dispatch.database import Session
from dispatch.database.tables import Reminder
from dispatch.domain.calendar import moment_in_words
from dispatch.domain.mailout import RUNNING, MailoutState
from dispatch.domain.reminders import ReminderKind, ReminderState, Timetable
from dispatch.files.holidays import bank_holidays
from dispatch.ledger import events, journal
from dispatch.mailouts.store import mailouts_in
from dispatch.tracking.store import reach, reminders
from dispatch.upkeep.store import lapse
from dispatch.upkeep.store.dump import Dump, Header, load


@dataclass(frozen=True, slots=True)
class Held:
    """A mailout of which nothing leaves until a person says so."""

    name: str
    state: MailoutState
    """Paused, or approved."""
    is_released: bool
    """Whether it was at the time of the backup; if not, it may have been since."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored, and what waits for a person's word."""

    header: Header
    in_doubt: int
    """Deliveries that may have left since the backup."""
    held: tuple[Held, ...]


def restore(
    session: Session,
    dump: Dump,
    *,
    sha256: str,
    person: str,
    now: datetime,
    is_nothing_lost: bool = False,
) -> Restored:
    """Fill an empty database from a backup, and hold whatever may have left since.

    All or nothing, in the caller's transaction. With `is_nothing_lost` a person says that the
    service has not run since the backup: then what waited goes on waiting, in paused mailouts.
    Raises as `load`.
    """
    header = load(session, dump)
    why = f"restored from the backup of {moment_in_words(header.taken_at)}"
    doubted = 0
    if not is_nothing_lost:
        why += "; what left after it is not on record"
        doubted = lapse.put_in_doubt(session, since=header.taken_at, now=now)
        _pass_over_reminders(session, why, person, now)
    held = tuple(_hold(session, why, person, now))
    detail = {
        "sha256": sha256,
        "taken_at": header.taken_at.isoformat(),
        "revision": header.revision,
        "rows": str(header.rows),
        "in_doubt": str(doubted),
        "lost": "nothing, by that person's word" if is_nothing_lost else "unknown",
    }
    journal.append(session, events.DB_RESTORED.event(now, person, dump.path.name, **detail))
    return Restored(header, doubted, held)


def _hold(session: Session, why: str, person: str, now: datetime) -> Iterator[Held]:
    """Pause what goes on by itself; yield that, and what a person may let go on."""
    waiting = (MailoutState.APPROVED, MailoutState.PAUSED)
    for mailout in mailouts_in(session, *waiting, *RUNNING):
        mailout.remark = why
        if mailout.state in RUNNING:
            mailout.move_to(MailoutState.PAUSED)
            event = events.MAILOUT_PAUSED.event(now, person, mailout.name, why=why)
            journal.append(session, event)
        yield Held(mailout.name, mailout.state, mailout.released_at is not None)


def _pass_over_reminders(session: Session, why: str, person: str, now: datetime) -> None:
    """Say of each reminder that would be mailed now that it is not: it may have been since."""
    for mailout in reminders.awaiting_upload(session):
        years = {now.year, mailout.plan.upload_date.year}
        assert mailout.released_at  # noqa: S101 - for the type checker: it is at work
        slot = Timetable(mailout.plan, mailout.released_at, bank_holidays(years)).current(now)
        if slot is None:
            continue
        row = reminders.of_slot(session, mailout, slot)
        if row is None:
            row = Reminder(
                mailout_id=mailout.id,
                slot_at=slot,
                kind=ReminderKind.UNREACHED,
                unreached=len(reach.unreached(session, mailout)),
                state=ReminderState.UNSENT,
                created_at=now,
            )
            session.add(row)
        elif row.state is ReminderState.DEFERRED:
            row.move_to(ReminderState.UNSENT)
        else:
            continue
        row.remark, row.ended_at = why, now
        unsent = events.into(ReminderState.UNSENT)
        event = unsent.event(now, person, mailout.name, hour=slot.isoformat(), why=why)
        journal.append(session, event)
