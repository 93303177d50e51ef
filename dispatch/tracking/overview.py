"""Where some mailouts stand, in a row each, and what needs somebody today.

For many mailouts as for one: the number of statements does not grow with them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from dispatch.database import Session
from dispatch.database.tables import Mailout
from dispatch.domain import calendar
from dispatch.domain.delivery import DeliveryState
from dispatch.domain.mailout import MailoutState
from dispatch.domain.tracking.watch import Concern, Watch
from dispatch.files.holidays import ENGLAND
from dispatch.incoming.store import inbox
from dispatch.posting import on_record, store
from dispatch.tracking.standing import Standing, standings
from dispatch.tracking.status import LedgerState, is_silent, ledger_state
from dispatch.tracking.store import heartbeats, reminders
from dispatch.tracking.watch import watch, watches


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """Where one mailout stands, in short."""

    name: str
    title: str
    state: MailoutState
    remark: str | None
    release_at: datetime
    released_at: datetime | None
    upload_date: date
    days_to_upload: int
    working_days_to_upload: int
    working_days_to_letters: int
    reached: int
    unreached: int
    """Authorities that are not surely reached."""
    doubts: int
    deliveries: Mapping[DeliveryState, int]
    due_since: datetime | None
    """Since when a letter might have left and has not; None if none is due."""
    moved_at: datetime | None
    """When a delivery last came to an end, while one is due."""
    undecided: int
    """Notices that nothing proves, and that wait for a person."""
    concerns: tuple[Concern, ...]
    posted: int = 0
    """How many of the unreached were written to by post, as somebody said."""

    @property
    def has_left(self) -> bool:
        return self.released_at is not None

    @property
    def of(self) -> int:
        """How many authorities are due a letter, or have had one."""
        return self.reached + self.unreached


@dataclass(frozen=True, slots=True, kw_only=True)
class Today:
    """What needs somebody today, and the mailouts that are not closed, the next one first."""

    at: datetime
    mailouts: tuple[Overview, ...]
    suggestions: int
    quarantined: int
    has_clock: bool
    has_worker: bool
    ledger: LedgerState | None


def overviews(session: Session, mailouts: Sequence[Mailout], *, now: datetime) -> list[Overview]:
    """Return where some mailouts stand, in their order."""
    known = standings(session, mailouts)
    watched = watches(session, mailouts, {id_: each.tally for id_, each in known.items()}, now=now)
    posted = _posted(session, [each for each in mailouts if known[each.id].not_surely_reached])
    return [
        replace(
            _overview(each, known[each.id], watched[each.id], now),
            posted=len(posted[each.id] & known[each.id].not_surely_reached),
        )
        for each in mailouts
    ]


def _posted(session: Session, mailouts: Sequence[Mailout]) -> Mapping[UUID, set[str]]:
    """Return the codes of the authorities to whom letters of some mailouts were posted."""
    found: defaultdict[UUID, set[str]] = defaultdict(set)
    rows = store.of_mailouts(session, [each.id for each in mailouts]) if mailouts else ()
    for each in on_record.stands(session, rows):
        if each.is_posted:
            found[each.row.mailout_id].add(each.row.authority_code)
    return found


def overview(session: Session, mailout: Mailout, known: Standing, *, now: datetime) -> Overview:
    """Return where one mailout stands, whose letters have come that far."""
    return _overview(mailout, known, watch(session, mailout, known.tally, now=now), now)


def _overview(mailout: Mailout, known: Standing, watched: Watch, now: datetime) -> Overview:
    plan, today = mailout.plan, calendar.local(now).date()
    holidays = plan.holidays(ENGLAND)
    return Overview(
        name=mailout.name,
        title=plan.title,
        state=mailout.state,
        remark=mailout.why,
        release_at=plan.release_at,
        released_at=mailout.released_at,
        upload_date=plan.upload_date,
        days_to_upload=(plan.upload_date - today).days,
        working_days_to_upload=calendar.working_days(today, plan.upload_date, holidays),
        working_days_to_letters=calendar.working_days(today, plan.letter_date, holidays),
        reached=known.reached,
        unreached=known.number_unreached,
        doubts=known.tally.deliveries.get(DeliveryState.IN_DOUBT, 0),
        deliveries=known.tally.deliveries,
        due_since=watched.watched.due_since,
        moved_at=watched.watched.moved_at,
        undecided=sum(known.undecided.values()),
        concerns=watched.shown(),
    )


def today(session: Session, *, now: datetime) -> Today:
    """Return what needs somebody today."""
    waiting, at_work = inbox.count(session), alive(session, now=now)
    return Today(
        at=now,
        mailouts=tuple(overviews(session, reminders.watched(session), now=now)),
        suggestions=waiting.suggestions,
        quarantined=waiting.quarantined,
        has_clock="clock" in at_work,
        has_worker="worker" in at_work,
        ledger=ledger_state(session),
    )


def alive(session: Session, *, now: datetime) -> set[str]:
    """Return which of `clock` and `worker` was seen lately."""
    beats = heartbeats.all_seen(session)
    return {each.kind for each in beats if not is_silent(each.seen_at, now)}
