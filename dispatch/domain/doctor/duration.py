"""How long letters take at a rate, and how much time there is for them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from dispatch.domain import calendar
from dispatch.domain.hours import DAY, SendingTimes
from dispatch.domain.sending.pace import Rates


@dataclass(frozen=True, slots=True)
class Slowest:
    """The rate by which letters take longest."""

    key: str
    count: int
    time: timedelta


def slowest(
    rates: Rates, domains: Mapping[str, int], hosts: Mapping[str, Sequence[str]]
) -> Slowest | None:
    """Return the rate that holds the letters up longest; None if there is no rate.

    `domains` are the letters for each domain, `hosts` the exchangers of those that are known.
    """
    counts, intervals = Counter[str](), dict[str, timedelta]()
    for domain, count in domains.items():
        keys = rates.keys_for(domain, hosts.get(domain, ()))
        intervals.update(keys)
        counts.update(dict.fromkeys(keys, count))
    found = (Slowest(key, count, intervals[key] * count) for key, count in counts.items())
    return max(found, key=lambda each: each.time, default=None)


def open_time(times: SendingTimes, begins_at: datetime, ends_at: datetime) -> timedelta:
    """Return for how long letters may leave between two moments."""
    return sum(_open(times, begins_at, ends_at), timedelta())


def _open(times: SendingTimes, begins_at: datetime, ends_at: datetime) -> Iterable[timedelta]:
    day, last = calendar.local(begins_at).date(), calendar.local(ends_at).date()
    while day <= last:
        opens, closes = _day(times, day)
        yield max(min(closes, ends_at) - max(opens, begins_at), timedelta())
        day += DAY


def _day(times: SendingTimes, day: date) -> tuple[datetime, datetime]:
    """Return from when until when letters may leave on a day; twice the same moment for never."""
    hours = times.hours
    begins_at = calendar.moment(day, hours.opens if hours else time())
    if not times.is_day(day):
        return begins_at, begins_at
    if hours is None:
        return begins_at, calendar.moment(day + DAY, time())
    return begins_at, calendar.moment(day, hours.closes)
