from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.domain import calendar

CHRISTMAS = {date(2020, 12, 25), date(2020, 12, 28)}


def test_nine_in_july_is_eight_utc() -> None:
    assert calendar.moment(date(2020, 7, 22), time(9)) == datetime(2020, 7, 22, 8, tzinfo=UTC)


def test_nine_in_winter_is_nine_utc() -> None:
    assert calendar.moment(date(2020, 12, 1), time(9)) == datetime(2020, 12, 1, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "at", "utc"),
    [
        pytest.param(date(2020, 10, 25), time(1, 30), time(0, 30), id="twice: the first"),
        pytest.param(date(2020, 3, 29), time(1, 30), time(1, 30), id="skipped: an hour later"),
        pytest.param(date(2020, 3, 29), time(9), time(8), id="the morning after the change"),
    ],
)
def test_the_change_of_the_clocks_is_survived(day: date, at: time, utc: time) -> None:
    assert calendar.moment(day, at) == datetime.combine(day, utc, tzinfo=UTC)


@given(st.dates(date(1973, 1, 1), date(2100, 1, 1)), st.times(time(3), time(23, 59)))
def test_a_moment_shows_on_londons_clocks_as_it_was_written(day: date, at: time) -> None:
    shown = calendar.local(calendar.moment(day, at))
    assert (shown.date(), shown.time()) == (day, at)


def test_a_day_in_words_has_no_leading_zero() -> None:
    assert calendar.day_in_words(date(2020, 7, 2)) == "2 July 2020"


@pytest.mark.parametrize(
    ("day", "is_working"),
    [
        pytest.param(date(2020, 7, 22), True, id="Wednesday"),
        pytest.param(date(2020, 7, 25), False, id="Saturday"),
        pytest.param(date(2020, 12, 25), False, id="bank holiday"),
    ],
)
def test_working_days(day: date, is_working: bool) -> None:
    assert calendar.is_working_day(day, CHRISTMAS) is is_working


def test_working_days_between_leave_out_the_first_and_count_the_last() -> None:
    assert calendar.working_days(date(2020, 7, 22), date(2020, 7, 29), ()) == 5


def test_no_working_days_are_left_once_the_day_has_passed() -> None:
    assert calendar.working_days(date(2020, 7, 29), date(2020, 7, 22), ()) == 0
