from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.domain.errors import BadInput
from dispatch.domain.hours import SendingHours

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
