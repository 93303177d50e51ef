"""A mailout's hours and days, by London's clocks: for letters, and for reminders to staff."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum
from typing import Final

from dispatch.domain import calendar
from dispatch.domain.errors import BadInput

DAY: Final = timedelta(days=1)
HOUR: Final = timedelta(hours=1)
EVER: Final = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class SendingHours:
    """At which hours of a day letters may leave: from `opens` until `closes`.

    Raises `BadInput` for hours that cross midnight or are empty.
    """

    opens: time
    closes: time

    def __post_init__(self) -> None:
        if self.opens >= self.closes:
            raise BadInput(f"sending hours cannot open at {self.opens} and close at {self.closes}")

    def __str__(self) -> str:
        return f"{self.opens:%H:%M}-{self.closes:%H:%M}"

    def is_open(self, at: datetime) -> bool:
        """Whether a letter may leave at this moment."""
        return self.opens <= calendar.local(at).time() < self.closes

    def next_opening(self, at: datetime) -> datetime:
        """Return the first moment from `at` on at which a letter may leave; `at` itself if open.

        The search goes in steps that end on the hour. London's clocks only change on the hour of
        UTC, so within a step they run evenly and the time until `opens` can be counted.
        """
        at = at.astimezone(UTC)
        while not self.is_open(at):
            on_the_hour = at.replace(minute=0, second=0, microsecond=0) + HOUR
            at = min(at + self._until_opens(at), on_the_hour)
        return at

    def _until_opens(self, at: datetime) -> timedelta:
        """Return how long after `at` London's clocks show `opens`, unless they change first."""
        shown = calendar.local(at).replace(tzinfo=None)
        return (datetime.combine(shown.date(), self.opens) - shown) % DAY


class SendingDays(Enum):
    """On which days letters may leave. The value is what a plan says."""

    WORKING = "working"
    """On none that is a Saturday, a Sunday or a bank holiday in England."""

    ANY = "any"


@dataclass(frozen=True, slots=True)
class SendingTimes:
    """When letters may leave: at which hours, and on which days."""

    hours: SendingHours | None = None
    """None for any hour."""
    closed: Container[date] | None = None
    """The holidays, if letters leave on working days only; None for any day."""

    def is_open(self, at: datetime) -> bool:
        """Whether a letter may leave at this moment."""
        is_hour = self.hours is None or self.hours.is_open(at)
        return is_hour and self.is_day(calendar.local(at).date())

    def is_day(self, day: date) -> bool:
        """Whether letters may leave on this day."""
        return self.closed is None or calendar.is_working_day(day, self.closed)

    def next_opening(self, at: datetime) -> datetime:
        """Return the first moment from `at` on at which a letter may leave; `at` itself if open."""
        while True:
            at = self.hours.next_opening(at) if self.hours else at
            day = calendar.local(at).date()
            if self.is_day(day):
                return at
            at = calendar.moment(self.next_day(day), time())

    def next_day(self, day: date) -> date:
        """Return the first day after `day` on which letters may leave."""
        day += DAY
        while not self.is_day(day):
            day += DAY
        return day

    def last_opening(self, at: datetime) -> datetime:
        """Return since when letters may leave without a break, at a moment at which they may."""
        day = calendar.local(at).date()
        if self.hours is not None:
            return min(at, calendar.moment(day, self.hours.opens))
        if self.closed is None:
            return EVER
        while self.is_day(day - DAY):
            day -= DAY
        return calendar.moment(day, time())


ANY_TIME: Final = SendingTimes()


@dataclass(frozen=True, slots=True)
class Holidays:
    """The bank holidays that are known, and days that a plan adds to them."""

    known: Container[date]
    extra: Container[date]

    def __contains__(self, day: object) -> bool:
        return day in self.known or day in self.extra


def sending_times(
    hours: SendingHours | None, days: SendingDays, holidays: Container[date]
) -> SendingTimes:
    """Return when letters may leave, given the holidays."""
    return SendingTimes(hours, None if days is SendingDays.ANY else holidays)


@dataclass(frozen=True, slots=True)
class ReminderHours:
    """When staff are told who is not reached: the same hours each day, or each working day."""

    hours: tuple[time, ...]
    is_working_days_only: bool = True

    def __str__(self) -> str:
        days = "on working days" if self.is_working_days_only else "every day"
        *others, last = (f"{hour:%H:%M}" for hour in self.hours)
        hours = f"{', '.join(others)} and {last}" if others else last
        return f"{hours} {days}"

    def slots(self, first: date, last: date, bank_holidays: Container[date]) -> list[datetime]:
        """Return the moments, in UTC, at which a reminder is due from the first day to the last.

        Two hours that the spring change turns into the same moment count once.
        """
        days = (first + timedelta(days=n) for n in range((last - first).days + 1))
        return sorted(
            {
                calendar.moment(day, hour)
                for day in days
                if not self.is_working_days_only or calendar.is_working_day(day, bank_holidays)
                for hour in self.hours
            }
        )
