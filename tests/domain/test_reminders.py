from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.domain import calendar
from dispatch.domain.reminders import Reminders

NINE = time(9)
minutes = st.integers(0, 1439).map(lambda minute: time(*divmod(minute, 60)))
some_hours = st.lists(minutes, min_size=1, max_size=5, unique=True).map(sorted).map(tuple)


@pytest.mark.parametrize(
    ("reminders", "said"),
    [
        (Reminders((NINE,)), "09:00 on working days"),
        (Reminders((NINE, time(14, 5)), is_working_days_only=False), "09:00 and 14:05 every day"),
        (Reminders((NINE, time(12), time(16))), "09:00, 12:00 and 16:00 on working days"),
    ],
)
def test_the_hours_are_said_in_words(reminders: Reminders, said: str) -> None:
    assert str(reminders) == said


def test_a_weekend_and_a_bank_holiday_have_hours_only_if_every_day_has() -> None:
    first, last, holidays = date(2020, 8, 28), date(2020, 9, 1), {date(2020, 8, 31)}
    working = Reminders((NINE,)).slots(first, last, holidays)
    assert [slot.day for slot in working] == [28, 1]
    assert len(Reminders((NINE,), is_working_days_only=False).slots(first, last, holidays)) == 5


def test_both_changes_of_the_clocks_leave_london_its_hours() -> None:
    every_day = Reminders((NINE,), is_working_days_only=False)
    autumn = every_day.slots(date(2020, 10, 24), date(2020, 10, 25), ())
    assert autumn == [datetime(2020, 10, 24, 8, tzinfo=UTC), datetime(2020, 10, 25, 9, tzinfo=UTC)]


def test_what_the_spring_change_makes_one_moment_is_one() -> None:
    in_the_gap = Reminders((time(1, 30), time(2, 30)), is_working_days_only=False)
    day = date(2020, 3, 29)
    assert in_the_gap.slots(day, day, ()) == [datetime(2020, 3, 29, 1, 30, tzinfo=UTC)]


@given(some_hours, st.dates(date(1973, 1, 1), date(2090, 1, 1)), st.booleans())
def test_a_week_has_each_hour_once_a_day_and_in_order(
    hours: tuple[time, ...], first: date, is_working_days_only: bool
) -> None:
    slots = Reminders(hours, is_working_days_only).slots(first, first + timedelta(days=6), ())
    assert slots == sorted(set(slots))
    days = 5 if is_working_days_only else 7
    assert days * len(hours) - len(hours) <= len(slots) <= days * len(hours)
    shown = {calendar.local(slot).time() for slot in slots}
    # Only an hour that the spring change skips is shown as another.
    assert all(hour in hours for hour in shown if not time(1) <= hour < time(3))


def test_from_the_last_day_to_the_first_there_is_none() -> None:
    assert Reminders((NINE,)).slots(date(2020, 7, 22), date(2020, 7, 21), ()) == []
