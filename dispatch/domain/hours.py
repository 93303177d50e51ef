"""A mailout's hours, by London's clocks: when letters may leave, and when staff are reminded."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from dispatch.domain import calendar
from dispatch.domain.errors import BadInput

DAY: Final = timedelta(days=1)
HOUR: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class SendingHours:
    """When letters may leave, the same every day: from `opens` until `closes`.

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

    def slots(self, first: date, last: date, bank_holidays: Collection[date]) -> list[datetime]:
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
