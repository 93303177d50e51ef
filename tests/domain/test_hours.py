from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.domain import calendar
from dispatch.domain.errors import BadInput
from dispatch.domain.hours import (
    ANY_TIME,
    EVER,
    Holidays,
    ReminderHours,
    SendingDays,
    SendingHours,
    SendingTimes,
    sending_times,
)
from dispatch.files.holidays import ENGLAND

OFFICE = SendingHours(time(8), time(18))
MINUTE = timedelta(minutes=1)
CHANGES = [datetime(2020, 3, 29, 1, tzinfo=UTC), datetime(2020, 10, 25, 1, tzinfo=UTC)]


@st.composite
def some_hours(draw: st.DrawFn) -> SendingHours:
    opens, closes = sorted(draw(st.sets(st.integers(0, 1439), min_size=2, max_size=2)))
    return SendingHours(time(*divmod(opens, 60)), time(*divmod(closes, 60)))


FIRST = datetime(1973, 1, 1, tzinfo=UTC)
moments = st.timedeltas(timedelta(), timedelta(days=125 * 365)).map(FIRST.__add__)
near_a_change = st.builds(
    lambda change, minutes: change + timedelta(minutes=minutes),
    st.sampled_from(CHANGES),
    st.integers(-1500, 300),
)


@pytest.mark.parametrize(
    ("at", "is_open"),
    [
        pytest.param(datetime(2020, 7, 22, 6, 59, 59, tzinfo=UTC), False, id="before"),
        pytest.param(datetime(2020, 7, 22, 7, tzinfo=UTC), True, id="eight in summer"),
        pytest.param(datetime(2020, 12, 1, 7, tzinfo=UTC), False, id="seven in winter"),
        pytest.param(datetime(2020, 7, 22, 16, 59, 59, tzinfo=UTC), True, id="the last second"),
        pytest.param(datetime(2020, 7, 22, 17, tzinfo=UTC), False, id="the end is outside"),
    ],
)
def test_hours_are_by_londons_clocks(at: datetime, is_open: bool) -> None:
    assert OFFICE.is_open(at) is is_open


def test_the_evening_waits_for_the_morning() -> None:
    evening = datetime(2020, 7, 22, 19, 30, 15, tzinfo=UTC)
    assert OFFICE.next_opening(evening) == datetime(2020, 7, 23, 7, tzinfo=UTC)


def test_the_night_of_a_change_is_as_long_as_it_is() -> None:
    spring, autumn = (change - timedelta(hours=5) for change in CHANGES)
    assert OFFICE.next_opening(spring) == datetime(2020, 3, 29, 7, tzinfo=UTC)
    assert OFFICE.next_opening(autumn) == datetime(2020, 10, 25, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("hours", "at", "opening"),
    [
        pytest.param(
            SendingHours(time(1, 15), time(1, 45)),
            datetime(2020, 3, 29, 0, 30, tzinfo=UTC),
            datetime(2020, 3, 30, 0, 15, tzinfo=UTC),
            id="skipped whole: the next day",
        ),
        pytest.param(
            SendingHours(time(1, 30), time(3)),
            datetime(2020, 3, 29, 0, 30, tzinfo=UTC),
            datetime(2020, 3, 29, 1, tzinfo=UTC),
            id="begins in what is skipped: opens with the change",
        ),
        pytest.param(
            SendingHours(time(1, 15), time(1, 45)),
            datetime(2020, 10, 25, 0, 50, tzinfo=UTC),
            datetime(2020, 10, 25, 1, 15, tzinfo=UTC),
            id="comes twice: opens twice",
        ),
        pytest.param(
            SendingHours(time(0, 30), time(1, 30)),
            datetime(2020, 10, 25, 0, 45, tzinfo=UTC),
            datetime(2020, 10, 25, 1, tzinfo=UTC),
            id="put back into the hours: opens with the change",
        ),
    ],
)
def test_hours_in_the_night_of_a_change(
    hours: SendingHours, at: datetime, opening: datetime
) -> None:
    assert hours.next_opening(at) == opening


@given(some_hours(), moments)
def test_the_next_opening_is_open_and_not_earlier_than_asked(
    hours: SendingHours, at: datetime
) -> None:
    opening = hours.next_opening(at)
    assert hours.is_open(opening)
    assert opening == at if hours.is_open(at) else opening > at


@settings(max_examples=50)
@given(some_hours(), near_a_change)
def test_no_open_minute_is_skipped(hours: SendingHours, at: datetime) -> None:
    opening = hours.next_opening(at)
    assert hours.is_open(opening)
    minutes = (opening - at) // MINUTE
    assert not any(hours.is_open(at + MINUTE * minute) for minute in range(minutes))


@pytest.mark.parametrize("closes", [time(8), time(7, 59), time(0)])
def test_hours_over_midnight_are_refused(closes: time) -> None:
    with pytest.raises(BadInput, match="cannot open at 08:00:00 and close at"):
        SendingHours(time(8), closes)


def test_hours_are_written_as_people_write_them() -> None:
    assert str(OFFICE) == "08:00-18:00"


def working(hours: SendingHours | None = None, *extra: date) -> SendingTimes:
    return sending_times(hours, SendingDays.WORKING, Holidays(ENGLAND, extra))


def at(text: str) -> datetime:
    """The moment at which London's clocks show this."""
    return datetime.fromisoformat(text).replace(tzinfo=calendar.LONDON).astimezone(UTC)


@pytest.mark.parametrize(
    ("times", "asked", "opening"),
    [
        pytest.param(working(), "2026-07-24 23:59:59", "2026-07-24 23:59:59", id="Friday night"),
        pytest.param(working(), "2026-07-25 00:00", "2026-07-27 00:00", id="Saturday"),
        pytest.param(working(OFFICE), "2026-07-24 18:00", "2026-07-27 08:00", id="Friday evening"),
        pytest.param(working(OFFICE), "2026-07-27 07:59", "2026-07-27 08:00", id="Monday morning"),
        pytest.param(working(OFFICE), "2027-03-25 19:00", "2027-03-30 08:00", id="Easter"),
        pytest.param(working(OFFICE), "2026-12-24 18:30", "2026-12-29 08:00", id="Boxing Day"),
        pytest.param(working(OFFICE), "2021-12-24 18:30", "2021-12-29 08:00", id="substitutes"),
        pytest.param(working(OFFICE), "2027-12-31 18:30", "2028-01-04 08:00", id="the year's end"),
        pytest.param(working(OFFICE), "2022-09-16 18:30", "2022-09-20 08:00", id="a funeral"),
        pytest.param(working(OFFICE), "2026-03-27 20:00", "2026-03-30 08:00", id="clocks forward"),
        pytest.param(working(), "2026-10-23 23:00", "2026-10-23 23:00", id="clocks go back later"),
        pytest.param(working(), "2026-10-24 12:00", "2026-10-26 00:00", id="clocks back"),
        pytest.param(
            working(OFFICE, date(2026, 7, 27), date(2026, 7, 28)),
            "2026-07-24 19:00",
            "2026-07-29 08:00",
            id="days of one's own",
        ),
        pytest.param(ANY_TIME, "2026-12-25 03:00", "2026-12-25 03:00", id="any time"),
    ],
)
def test_letters_leave_on_working_days(times: SendingTimes, asked: str, opening: str) -> None:
    assert times.next_opening(at(asked)) == at(opening)
    assert times.is_open(at(opening))
    assert times.is_open(at(asked)) == (asked == opening)


@pytest.mark.parametrize(
    ("times", "now", "since"),
    [
        (working(OFFICE), "2026-07-27 10:00", "2026-07-27 08:00"),
        (working(), "2026-07-29 10:00", "2026-07-27 00:00"),
        (working(None, date(2026, 7, 28)), "2026-07-29 10:00", "2026-07-29 00:00"),
    ],
)
def test_it_is_known_since_when_letters_may_leave(
    times: SendingTimes, now: str, since: str
) -> None:
    assert times.last_opening(at(now)) == at(since)
    assert ANY_TIME.last_opening(at(now)) == EVER


NINE = time(9)
minutes_of_day = st.integers(0, 1439).map(lambda minute: time(*divmod(minute, 60)))
some_times = st.lists(minutes_of_day, min_size=1, max_size=5, unique=True).map(sorted).map(tuple)


@pytest.mark.parametrize(
    ("reminders", "said"),
    [
        (ReminderHours((NINE,)), "09:00 on working days"),
        (
            ReminderHours((NINE, time(14, 5)), is_working_days_only=False),
            "09:00 and 14:05 every day",
        ),
        (ReminderHours((NINE, time(12), time(16))), "09:00, 12:00 and 16:00 on working days"),
    ],
)
def test_the_hours_are_said_in_words(reminders: ReminderHours, said: str) -> None:
    assert str(reminders) == said


def test_a_weekend_and_a_bank_holiday_have_hours_only_if_every_day_has() -> None:
    first, last, holidays = date(2020, 8, 28), date(2020, 9, 1), {date(2020, 8, 31)}
    working = ReminderHours((NINE,)).slots(first, last, holidays)
    assert [slot.day for slot in working] == [28, 1]
    assert len(ReminderHours((NINE,), is_working_days_only=False).slots(first, last, holidays)) == 5


def test_both_changes_of_the_clocks_leave_london_its_hours() -> None:
    every_day = ReminderHours((NINE,), is_working_days_only=False)
    autumn = every_day.slots(date(2020, 10, 24), date(2020, 10, 25), ())
    assert autumn == [datetime(2020, 10, 24, 8, tzinfo=UTC), datetime(2020, 10, 25, 9, tzinfo=UTC)]


def test_what_the_spring_change_makes_one_moment_is_one() -> None:
    in_the_gap = ReminderHours((time(1, 30), time(2, 30)), is_working_days_only=False)
    day = date(2020, 3, 29)
    assert in_the_gap.slots(day, day, ()) == [datetime(2020, 3, 29, 1, 30, tzinfo=UTC)]


@given(some_times, st.dates(date(1981, 1, 1), date(2090, 1, 1)), st.booleans())
def test_a_week_has_each_hour_once_a_day_and_in_order(
    hours: tuple[time, ...], first: date, is_working_days_only: bool
) -> None:
    slots = ReminderHours(hours, is_working_days_only).slots(first, first + timedelta(days=6), ())
    assert slots == sorted(set(slots))
    days = 5 if is_working_days_only else 7
    assert days * len(hours) - len(hours) <= len(slots) <= days * len(hours)
    shown = {calendar.local(slot).time() for slot in slots}
    # Only an hour that the spring change skips is shown as another: 01:00 to 02:00 since 1981.
    assert all(hour in hours for hour in shown if not time(1) <= hour < time(3))


def test_from_the_last_day_to_the_first_there_is_none() -> None:
    assert ReminderHours((NINE,)).slots(date(2020, 7, 22), date(2020, 7, 21), ()) == []
