"""The hours at which the office is reminded of who is not reached yet, by London's clocks."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from dispatch.domain import calendar


@dataclass(frozen=True, slots=True)
class Reminders:
    """The same hours on every day, or on every working day."""

    hours: tuple[time, ...]
    is_working_days_only: bool = True

    def __str__(self) -> str:
        days = "on working days" if self.is_working_days_only else "every day"
        *others, last = (f"{hour:%H:%M}" for hour in self.hours)
        hours = f"{', '.join(others)} and {last}" if others else last
        return f"{hours} {days}"

    def slots(self, first: date, last: date, bank_holidays: Collection[date]) -> list[datetime]:
        """Return the moments, in UTC, at which one is due from the first day to the last.

        Two hours of which the spring change makes one moment are one.
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
