"""Reminders to staff about a mailout: when one is due, what it says, and how it ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import Enum
from typing import Final

from dispatch.domain import calendar
from dispatch.domain.life import Life
from dispatch.domain.mailout import MailoutState, Plan
from dispatch.domain.register.authority import Authority
from dispatch.domain.register.codes import authority_of
from dispatch.domain.remedy import Remedy
from dispatch.domain.reply import Verdict
from dispatch.domain.tracking.unreached import Course, Unreached, left

GRACE: Final = timedelta(hours=1)
"""How long letters have before anybody is reported as unreached."""

LATEST: Final = timedelta(hours=4)
"""How late a reminder may be: it is about the hours of work that follow."""

RETRY_AFTER: Final = timedelta(minutes=5)
"""How long a deferred reminder waits, until it is too late or the next one is due."""


class ReminderKind(Enum):
    """What a reminder says."""

    UNREACHED = "unreached"
    """At least one authority is not surely reached."""

    ALL_REACHED = "all_reached"
    """All are reached, as far as anyone can tell."""

    WATCH = "watch"
    """Something that has a date will not happen on it unless somebody acts."""


class ReminderState(Enum):
    """Where the reminder for one hour stands. The value is what the database shows."""

    OFFERED = "offered"
    """The server may have it. If the worker dies here, it stays like this and is never repeated."""

    ACCEPTED = "accepted"
    """A server took charge of it, for at least one address."""

    DEFERRED = "deferred"
    """The server said "not now" for at least one address."""

    REFUSED = "refused"
    """The server refused it for every address."""

    IN_DOUBT = "in_doubt"
    """No reply came to the final dot."""

    UNSENT = "unsent"
    """Nothing had to be sent at this hour, or nothing could be: the remark says why."""


_S = ReminderState

LIFE: Final = Life(
    "a reminder",
    {
        _S.OFFERED: frozenset({_S.ACCEPTED, _S.DEFERRED, _S.REFUSED, _S.IN_DOUBT}),
        _S.DEFERRED: frozenset({_S.OFFERED, _S.UNSENT}),
        _S.ACCEPTED: frozenset(),
        _S.REFUSED: frozenset(),
        _S.IN_DOUBT: frozenset(),
        _S.UNSENT: frozenset(),
    },
    begins=frozenset({_S.OFFERED, _S.UNSENT}),
)

OFFERED: Final = _S.OFFERED.value
"""What is recorded for an address until there is a verdict."""

MAY_HAVE_ARRIVED: Final = frozenset({OFFERED, Verdict.ACCEPTED.value, Verdict.IN_DOUBT.value})
"""What is recorded for an address that has the reminder, or may have it."""


def came_to(verdicts: Iterable[str]) -> ReminderState:
    """Return the state of a reminder, given the verdict for each address.

    One deferral makes it deferred, since that address must be tried again.
    """
    found = set(verdicts)
    for state in (_S.DEFERRED, _S.ACCEPTED, _S.IN_DOUBT, _S.REFUSED):
        if state.value in found:
            return state
    raise ValueError("there is no verdict to sum up")


@dataclass(frozen=True, slots=True)
class Timetable:
    """When a mailout's reminders are due: from its release to the end of the upload date."""

    plan: Plan
    released_at: datetime
    bank_holidays: Container[date]

    def current(self, now: datetime) -> datetime | None:
        """Return the hour whose reminder is due now, unless it is too late for that."""
        earliest = calendar.local(now - LATEST).date()
        slots = self._slots(earliest, calendar.local(now).date())
        due = [slot for slot in slots if now - LATEST <= slot <= now < self._ends_at]
        return due[-1] if due else None

    def next(self, now: datetime) -> datetime | None:
        """Return the next hour after now, if there is one."""
        first = max(calendar.local(now).date(), calendar.local(self._begins_at).date())
        return next(
            (slot for slot in self._slots(first, self.plan.upload_date) if slot > now), None
        )

    def _slots(self, first: date, last: date) -> list[datetime]:
        if self.plan.reminders is None:
            return []
        slots = self.plan.reminders.slots(first, last, self.bank_holidays)
        return [slot for slot in slots if self._begins_at <= slot < self._ends_at]

    @property
    def _begins_at(self) -> datetime:
        """When the first reminder may be due: some time after letters could first leave."""
        times = self.plan.sending_times(self.bank_holidays)
        return GRACE + times.next_opening(self.released_at)

    @property
    def _ends_at(self) -> datetime:
        return calendar.moment(self.plan.upload_date + timedelta(days=1), time(0))


MOST_LISTED: Final = 200
"""How many authorities are listed before the rest is only counted."""


@dataclass(frozen=True, slots=True)
class UnreachedLine:
    """One authority in the list of a reminder."""

    code: str
    name: str
    why: str
    since: str | None
    remedy: Remedy


@dataclass(frozen=True, slots=True, kw_only=True)
class ReminderText:
    """The values that the template of a reminder may use."""

    name: str
    title: str
    role: str
    """The role whose letter counts."""
    is_paused: bool
    count: int
    """How many authorities are not surely reached."""
    total: int
    reasons: Sequence[tuple[str, int]]
    """Each reason with its count, the most urgent first."""
    rows: Sequence[UnreachedLine]
    more: int
    """How many authorities are not listed."""
    upload_date: date
    left: str
    hours: str
    at: str
    undecided: int = 0
    """How many notices wait until somebody says whether they are genuine."""


def reminder_text(
    plan: Plan,
    course: Course,
    found: Sequence[Unreached],
    authorities: Mapping[str, Authority],
    *,
    total: int,
    bank_holidays: Container[date],
) -> ReminderText:
    """Return what a reminder says about the unreached authorities, of `total` in the mailout."""
    today = calendar.local(course.at).date()
    working_days = calendar.working_days(today, plan.upload_date, bank_holidays)
    return ReminderText(
        name=plan.name,
        title=plan.title,
        role=plan.to_roles[0],
        is_paused=course.state is MailoutState.PAUSED,
        count=len(found),
        total=total,
        reasons=list(Counter(each.why for each in found).items()),
        rows=[
            _line(each, authorities[authority_of(each.code)], course)
            for each in found[:MOST_LISTED]
        ],
        more=max(len(found) - MOST_LISTED, 0),
        upload_date=plan.upload_date,
        left=left((plan.upload_date - today).days, working_days),
        hours=str(plan.reminders),
        at=calendar.moment_in_words(course.at),
    )


def _line(each: Unreached, authority: Authority, course: Course) -> UnreachedLine:
    return UnreachedLine(
        code=each.code,
        name=authority.official_name,
        why=each.why,
        since=calendar.moment_in_words(each.since) if each.since else None,
        remedy=each.remedy(course),
    )
