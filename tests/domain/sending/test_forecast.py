from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from dispatch.domain.hours import SendingHours, SendingTimes
from dispatch.domain.sending.forecast import Slowest, forecast, open_time, slowest
from dispatch.domain.sending.pace import Rates

MINUTE = timedelta(minutes=1)
HOURS = SendingHours(time(9, 30), time(15))


def test_the_rate_that_takes_longest_counts() -> None:
    rates = Rates(service=timedelta(seconds=1), domains={"slow.example": MINUTE})
    domains = {"slow.example": 3, "other.example": 100}
    assert slowest(rates, domains, {}) == Slowest("domain:slow.example", 3, 3 * MINUTE)
    domains["other.example"] = 1000
    assert slowest(rates, domains, {}) == Slowest("smtp", 1003, timedelta(seconds=1003))


def test_domains_of_one_receiving_system_share_its_rate() -> None:
    rates = Rates(groups={"*.mx.example": MINUTE})
    hosts = {"a.example": ["1.mx.example"], "b.example": ["2.mx.example"], "c.example": ["x.y"]}
    found = slowest(rates, dict.fromkeys(hosts, 2), hosts)
    assert found == Slowest("mx:*.mx.example", 4, 4 * MINUTE)


def test_without_rates_nothing_takes_long() -> None:
    assert slowest(Rates(), {"a.example": 5}, {}) is None


def moment(day: int, hour: int) -> datetime:
    return datetime(2026, 7, day, hour, tzinfo=UTC)


@pytest.mark.parametrize(
    ("hours", "begins", "ends", "there_is"),
    [
        # Saturday, and a bank holiday on the Monday
        (SendingTimes(HOURS, {date(2026, 7, 27)}), moment(25, 6), moment(28, 6), timedelta()),
        (SendingTimes(None, set()), moment(24, 12), moment(27, 12), timedelta(hours=24)),
        (SendingTimes(), moment(22, 8), moment(22, 12), timedelta(hours=4)),
        (SendingTimes(), moment(22, 8), moment(22, 7), timedelta()),
        (SendingTimes(HOURS), moment(22, 6), moment(22, 23), timedelta(hours=5, minutes=30)),
        (SendingTimes(HOURS), moment(22, 13), moment(23, 9), timedelta(hours=1, minutes=30)),
        (SendingTimes(HOURS), moment(22, 15), moment(22, 23), timedelta()),
        (SendingTimes(HOURS), moment(22, 6), moment(24, 23), 3 * timedelta(hours=5, minutes=30)),
    ],
)
def test_only_the_hours_in_which_letters_may_leave_count(
    hours: SendingTimes, begins: datetime, ends: datetime, there_is: timedelta
) -> None:
    assert open_time(hours, begins, ends) == there_is


TWENTY_FIVE_A_MINUTE = Rates(service=MINUTE / 25)
IN_HOURS = SendingTimes(SendingHours(time(9), time(9, 10)), {date(2026, 7, 27)})


@pytest.mark.parametrize(
    ("times", "letters", "ends_at", "there_is"),
    [
        # Thursday 23 July 2026, nine o'clock in London, until the next Wednesday at nine
        (SendingTimes(), 25, moment(23, 8) + MINUTE, timedelta(days=6)),
        (IN_HOURS, 250, moment(23, 8) + 10 * MINUTE, 3 * 10 * MINUTE),
        (IN_HOURS, 500, moment(24, 8) + 10 * MINUTE, 3 * 10 * MINUTE),
        (IN_HOURS, 750, moment(28, 8) + 10 * MINUTE, 3 * 10 * MINUTE),
        (IN_HOURS, 775, moment(29, 8) + MINUTE, 3 * 10 * MINUTE),
        (IN_HOURS, 1_000_000, None, 3 * 10 * MINUTE),
    ],
)
def test_letters_leave_while_they_may(
    times: SendingTimes, letters: int, ends_at: datetime | None, there_is: timedelta
) -> None:
    found = forecast(
        TWENTY_FIVE_A_MINUTE,
        {"a.example": letters},
        {},
        times=times,
        begins_at=moment(23, 8),
        not_after=moment(29, 8),
    )
    assert (found.letters, found.ends_at, found.there_is) == (letters, ends_at, there_is)
    assert found.fits == (ends_at is not None and ends_at < moment(29, 8))


def test_without_a_rate_all_leave_at_once() -> None:
    begins_at = moment(25, 8)  # a Saturday
    times = SendingTimes(HOURS, set())
    found = forecast(
        Rates(), {"a.example": 692}, {}, times=times, begins_at=begins_at, not_after=moment(29, 8)
    )
    assert found.ends_at == found.begins_at == moment(27, 8) + 30 * MINUTE
    assert found.fits
