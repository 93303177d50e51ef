"""How fast letters may leave: the rates, how they are booked, and how they slow down.

Each rate is one moment per key, at which the next letter may leave: the generic cell rate algorithm
(ITU-T I.371). Unused time is not saved up, so there are no bursts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from dispatch.domain.sending.receivers import called, group_named, key_of, system_of

SERVICE: Final = "smtp"
"""The key of the whole service's rate."""

UNKNOWN_GROUP: Final = "mx:?"
"""The key that all domains share whose mail exchangers are unknown."""

NO_STRIKES: Final[Mapping[str, int]] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """The configured rates, each as the time from one letter to the next; None for no limit.

    Domains are in the form that `address.domain_of` returns.
    """

    service: timedelta | None = None
    domain: timedelta | None = None
    """For each recipient domain that `domains` does not name."""
    domains: Mapping[str, timedelta] = field(default_factory=dict)
    groups: Mapping[str, timedelta] = field(default_factory=dict)
    """For all domains together whose mail one system receives; see `receivers.group_named`."""

    @property
    def are_by_domain(self) -> bool:
        """Whether it matters which domain a letter goes to."""
        return bool(self.domain or self.domains or self.groups)

    def keys_for(
        self, domain: str, hosts: Sequence[str] = (), strikes: Mapping[str, int] = NO_STRIKES
    ) -> dict[str, timedelta]:
        """Return the keys that limit a domain, with their intervals, the widest key first.

        A domain belongs to every group that one of its exchangers `hosts` matches. While they are
        unknown it may belong to any, so all such domains share the slowest group's rate. What has
        strikes is slower, and has a rate although none was set.
        """
        limits: dict[str, timedelta | None] = {SERVICE: self.service}
        limits |= dict.fromkeys(_system_keys(hosts)) | self._groups(hosts)
        limits[domain_key(domain)] = self.domains.get(domain, self.domain)
        slowed = {key: slowed_by(strikes.get(key, 0), each) for key, each in limits.items()}
        return {key: interval for key, interval in slowed.items() if interval}

    def _groups(self, hosts: Sequence[str]) -> dict[str, timedelta]:
        if self.groups and not hosts:
            return {UNKNOWN_GROUP: max(self.groups.values())}
        found: dict[str, timedelta] = {}
        for name, interval in self.groups.items():
            group = group_named(name)
            if group.has(hosts):
                found[group.key] = max(interval, found.get(group.key, interval))
        return found

    def keys_struck(self, hosts: Sequence[str]) -> set[str]:
        """Return the keys that "too many" in answer to a letter counts against.

        The whole service's, and those of the groups that receive for the domain.
        """
        groups = self._groups(hosts) if hosts else {}
        return {SERVICE, *_system_keys(hosts), *groups}


def _system_keys(hosts: Sequence[str]) -> tuple[str, ...]:
    system = system_of(hosts)
    return (key_of(system),) if system else ()


def domain_key(domain: str) -> str:
    """Return the key of one recipient domain."""
    return f"domain:{domain}"


def limits_what(key: str) -> str:
    """Return the letters that a rate is for, in words, by its key."""
    if key == SERVICE:
        return "all letters"
    if key == UNKNOWN_GROUP:
        return "domains that are not looked up yet"
    return called(key.partition(":")[2])


LONGEST_LINE: Final = timedelta(minutes=10)
"""How far ahead a letter that must wait is told to come back: long enough that few come in vain,
short enough to use slots that others give up, such as those of a cancelled mailout."""


@dataclass(slots=True)
class Pace:
    """One key's rate while a batch is booked."""

    interval: timedelta
    tat: datetime
    """The theoretical arrival time: when the next letter may leave, if it has passed."""
    line: datetime
    """When the next letter that gets no slot must ask again. They queue an interval apart, or
    thousands would come back at once for a handful of slots."""

    def come_back_at(self, free_at: datetime, now: datetime) -> datetime:
        """Return when a letter must ask again that cannot have a slot before `free_at`."""
        back_at = max(free_at, self.line)
        if back_at > now + LONGEST_LINE:
            back_at = free_at  # the queue starts again from the front
        self.line = back_at + self.interval
        return back_at


def reserve(paces: Sequence[Pace], now: datetime, until: datetime) -> datetime:
    """Take a slot at every pace, the widest first, and return the moment at which to leave.

    If that would not be before `until`, no slot is taken, and the moment returned is one at or
    after `until` at which to ask again.
    """
    at, slots = now, []
    for pace in paces:
        # A narrower pace starts from the slot at the wider one, so a domain's letters are never
        # closer together than its interval. A letter that its domain holds back leaves later than
        # its slot at the service's pace, which may then exceed its rate for an instant.
        at = max(at, pace.tat)
        if at >= until:
            return pace.come_back_at(at, now)
        slots.append(at)
    for pace, slot in zip(paces, slots, strict=True):
        pace.tat = slot + pace.interval
    return at


FIRST_REST: Final = timedelta(minutes=1)
LONGEST_REST: Final = timedelta(hours=1)
RECOVERY: Final = timedelta(minutes=15)
"""How long letters go without trouble before the rate is doubled again, up to what it was."""
UNLIMITED: Final = timedelta(seconds=1)
"""The interval from which a service without a rate is slowed."""
MOST_STRIKES: Final = 10
"""After this many, the rate is a thousandth."""


@dataclass(frozen=True, slots=True)
class Strikes:
    """How often "too many" was answered lately.

    Each time halves the rate, and the number of connections. One is forgotten after each
    `RECOVERY` without another.
    """

    count: int = 0
    last_at: datetime | None = None

    @property
    def rested_at(self) -> datetime | None:
        """When the rest after the last strike ends; each is twice as long as the one before."""
        if self.last_at is None:
            return None
        doubled: int = 2 ** (self.count - 1)
        return self.last_at + min(FIRST_REST * doubled, LONGEST_REST)

    def left(self, now: datetime) -> int:
        """Return how many still count."""
        if self.rested_at is None:
            return 0
        forgotten = max((now - self.rested_at) // RECOVERY, 0)
        return max(self.count - forgotten, 0)

    def another(self, now: datetime) -> Strikes:
        """Add a strike, unless during a rest: those letters were already on their way."""
        if self.rested_at and now < self.rested_at:
            return self
        return Strikes(min(self.left(now) + 1, MOST_STRIKES), now)


def slowed_by(strikes: int, interval: timedelta | None) -> timedelta | None:
    """Return the interval with its strikes; with any, there is one even if none was set."""
    return (interval or UNLIMITED) * 2**strikes if strikes else interval


def fewer_by(strikes: int, connections: int) -> int:
    """Return how many connections are left: half as many with each strike, and at least one."""
    return max(connections >> strikes, 1)
