"""How long letters take at their rates, and whether they fit into the time that there is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """When letters that begin to leave at a moment will all have left, if none is tried again."""

    letters: int
    slowest: Slowest | None
    """What takes longest; None if no rate limits them."""
    begins_at: datetime
    ends_at: datetime | None
    """None if that is more than a year away."""
    not_after: datetime
    there_is: timedelta
    """The time between, as far as letters may leave in it."""

    @property
    def fits(self) -> bool:
        """Whether all leave before the not-after time."""
        return self.ends_at is not None and self.ends_at < self.not_after


def forecast(
    rates: Rates,
    domains: Mapping[str, int],
    hosts: Mapping[str, Sequence[str]],
    *,
    times: SendingTimes,
    begins_at: datetime,
    not_after: datetime,
) -> Forecast:
    """Return when letters will have left; see `slowest` for `domains` and `hosts`."""
    needed = slowest(rates, domains, hosts)
    begins_at = times.next_opening(begins_at)
    return Forecast(
        letters=sum(domains.values()),
        slowest=needed,
        begins_at=begins_at,
        ends_at=_after(needed.time if needed else timedelta(0), times, begins_at),
        not_after=not_after,
        there_is=open_time(times, begins_at, not_after),
    )


YEAR: Final = 366 * DAY


def _after(needed: timedelta, times: SendingTimes, begins_at: datetime) -> datetime | None:
    """Return the moment at which letters could have left for some time; None if that is far off."""
    for opens, closes in _openings(times, begins_at, begins_at + YEAR):
        if needed <= closes - opens:
            return opens + needed
        needed -= closes - opens
    return None


def open_time(times: SendingTimes, begins_at: datetime, ends_at: datetime) -> timedelta:
    """Return for how long letters may leave between two moments."""
    spans = (closes - opens for opens, closes in _openings(times, begins_at, ends_at))
    return sum(spans, timedelta())


def _openings(
    times: SendingTimes, begins_at: datetime, ends_at: datetime
) -> Iterator[tuple[datetime, datetime]]:
    """Yield from when to when letters may leave on each day between two moments."""
    day, last = calendar.local(begins_at).date(), calendar.local(ends_at).date()
    while day <= last:
        if times.is_day(day):
            opens, closes = _hours(times, day)
            opens, closes = max(opens, begins_at), min(closes, ends_at)
            if opens < closes:
                yield opens, closes
        day += DAY


def _hours(times: SendingTimes, day: date) -> tuple[datetime, datetime]:
    if times.hours is None:
        return calendar.moment(day, MIDNIGHT), calendar.moment(day + DAY, MIDNIGHT)
    return calendar.moment(day, times.hours.opens), calendar.moment(day, times.hours.closes)


MIDNIGHT: Final = time()
