"""Days and moments: people use London's clocks, the database UTC."""

from __future__ import annotations

from collections.abc import Container
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

LONDON: Final = ZoneInfo("Europe/London")
SATURDAY: Final = 5


def moment(day: date, at: time) -> datetime:
    """Return London's `at` on `day` in UTC.

    In the hour that the autumn change repeats, this is the first of the two; in the hour that
    the spring change skips, the moment an hour later by the new time.
    """
    return datetime.combine(day, at, tzinfo=LONDON).astimezone(UTC)


def local(at: datetime) -> datetime:
    """Return a moment as London's clocks show it."""
    return at.astimezone(LONDON)


def day_in_words(day: date) -> str:
    """Return "22 July 2020": no leading zero, and no locale to change it."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def weekday_in_words(day: date) -> str:
    """Return "Wednesday 22 July 2020"."""
    return f"{day:%A} {day_in_words(day)}"


def moment_in_words(at: datetime) -> str:
    """Return "Wed 22 July 2020 09:00 BST": a moment as London's clocks show it, to the minute."""
    shown = local(at)
    return f"{shown:%a} {day_in_words(shown.date())} {shown:%H:%M %Z}"


def is_skipped(day: date, at: time) -> bool:
    """Whether London's clocks never show `at` on `day`, since they go forward over it."""
    return local(moment(day, at)).time() != at


def is_repeated(day: date, at: time) -> bool:
    """Whether London's clocks show `at` twice on `day`, since they go back over it."""
    first, second = (datetime.combine(day, at.replace(fold=fold), tzinfo=LONDON) for fold in (0, 1))
    return first.utcoffset() != second.utcoffset() and not is_skipped(day, at)


def changes_clocks(day: date) -> bool:
    """Whether London's clocks go forward or back on `day`."""
    next_day = datetime.combine(day + timedelta(days=1), time(), tzinfo=LONDON)
    return datetime.combine(day, time(), tzinfo=LONDON).utcoffset() != next_day.utcoffset()


def is_working_day(day: date, bank_holidays: Container[date]) -> bool:
    """Whether offices in England are open on `day`."""
    return day.weekday() < SATURDAY and day not in bank_holidays


def working_days(start: date, end: date, bank_holidays: Container[date]) -> int:
    """Count the working days after `start` up to and including `end`; 0 if `end` is past."""
    days = (start + timedelta(days=n) for n in range(1, (end - start).days + 1))
    return sum(is_working_day(day, bank_holidays) for day in days)


MONTHS: Final = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
