"""How fast letters may leave: the rates, how they are booked, and which replies ask for less.

Each rate is one moment per key, at which the next letter may leave: the generic cell rate algorithm
(ITU-T I.371). Unused time is not saved up, so there are no bursts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from typing import Final

from dispatch.domain.reply import ABOUT_THE_RECIPIENT, Reply, Verdict

SERVICE: Final = "smtp"
"""The key of the whole service's rate."""

UNKNOWN_GROUP: Final = "mx:?"
"""The key that all domains share whose mail exchangers are unknown."""


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
    """For all domains together whose mail exchangers match a pattern, such as `*.mx.example`."""

    def keys_for(self, domain: str, hosts: Iterable[str] = ()) -> dict[str, timedelta]:
        """Return the keys that limit a domain, with their intervals, the widest key first.

        A domain belongs to every group that one of its exchangers `hosts` matches. While they are
        unknown it may belong to any, so all such domains share the slowest group's rate.
        """
        limits = {SERVICE: self.service, **self._groups(tuple(hosts))}
        limits[domain_key(domain)] = self.domains.get(domain, self.domain)
        return {key: interval for key, interval in limits.items() if interval}

    def _groups(self, hosts: Sequence[str]) -> dict[str, timedelta]:
        if self.groups and not hosts:
            return {UNKNOWN_GROUP: max(self.groups.values())}
        return {
            f"mx:{pattern}": interval
            for pattern, interval in self.groups.items()
            if any(fnmatchcase(host, pattern) for host in hosts)
        }


def domain_key(domain: str) -> str:
    """Return the key of one recipient domain."""
    return f"domain:{domain}"


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
MEMORY: Final = timedelta(hours=1)
"""How long a domain is still slowed after its rest."""
UNLIMITED: Final = timedelta(seconds=1)
"""The interval from which a domain without a rate is slowed."""
MOST_STRIKES: Final = 10
"""After this many, the rate is a thousandth."""


@dataclass(frozen=True, slots=True)
class Strikes:
    """How often a domain's server said "too many" lately. Each time halves the domain's rate."""

    count: int = 0
    last_at: datetime | None = None

    @property
    def rested_at(self) -> datetime | None:
        """When the rest after the last strike ends; each is twice as long as the one before."""
        if self.last_at is None:
            return None
        doubled: int = 2 ** (self.count - 1)
        return self.last_at + min(FIRST_REST * doubled, LONGEST_REST)

    def remembered(self, now: datetime) -> Strikes:
        """Return the strikes, or none if the last was long enough ago."""
        return self if self.rested_at and now < self.rested_at + MEMORY else Strikes()

    def another(self, now: datetime) -> Strikes:
        """Add a strike, unless during a rest: those letters were already on their way."""
        if self.rested_at and now < self.rested_at:
            return self
        return Strikes(min(self.remembered(now).count + 1, MOST_STRIKES), now)

    def slowed(self, interval: timedelta | None) -> timedelta | None:
        """Return the interval with its strikes; with any, a domain without a rate has one too."""
        return (interval or UNLIMITED) * 2**self.count if self.count else interval


ASKS_FOR_LESS: Final = re.compile(
    r"""
    \btoo\s+(?:many|much|fast|quickly|frequent) | \btrop\s+de\b
    | \brate\b | \brate.?limit | \bthrottl | \boverlimit | \bfrequency\b
    | \bslow(?:ing|er)?\b | \b(?:server|system|too)\s+(?:is\s+)?busy\b
    | \b(?:unexpected|unusual|high)\s+(?:volume|traffic)
    | \b(?:hourly|daily|sending|messages?|connections?|recipients?)\s+(?:limits?|quota)\b
    | \blimits?\s+(?:for\s+)?how\s+many\b | \bper[\s-](?:second|minute|hour|day)\b
    | \bexceed\w*\s.{0,40}\b(?:number|amount)\s+of\s+(?:messages|connections|recipients|mails?)
    | \[(?:TSS?|IPTS)\d\d\]
    """,
    re.IGNORECASE | re.VERBOSE,
)
"""How the large providers and the common servers word it: Microsoft ("Server busy", "temporarily
rate limited", "limits for how many messages can be sent per hour"), Google ("an unusual rate"),
Yahoo ("[TSS04] ... unexpected volume"), Orange ("Trop de connexions"), Postfix ("too much mail
from"), Exim ("rate overlimit"), Cisco ("Too many recipients received this hour")."""

ASKS_FOR_SOMETHING_ELSE: Final = re.compile(
    r"""
    gr[ae]y.?list
    | \btoo\s+many\s+(?:[\w:]+\s+){0,3}(?:errors|commands|hops|headers|invalid|unknown|bad)\b
    | \b(?:per|this|one|same)\s+(?:smtp\s+)?(?:connection|session)\b
    """,
    re.IGNORECASE | re.VERBOSE,
)
"""Greylisting asks for patience, not for fewer letters; mistakes and loops are not about rates; and
the limit of one connection is met by opening another."""

MAIL_FLOOD: Final = "4.7.28"
"""The one enhanced status that says so by itself (IANA's registry; Google uses it)."""

MAILBOX_TROUBLE: Final = ("4.1.", "4.2.")
"""Statuses about one address or mailbox (RFC 3463 3.2, 3.3), such as Google's about a user who
gets too much mail: not a reason to slow down the rest of that domain."""

LINE_END: Final = re.compile(r"\s*\n\s*(?:4\.\d{1,3}\.\d{1,3}\s)?")
"""Each line of a long reply may repeat the status (RFC 2034)."""

MAY_ASK_FOR_LESS: Final = frozenset({421, 450, 451, 452})


def is_too_many(reply: Reply) -> bool:
    """Whether a server says that it gets too much mail, or too fast, for this domain.

    At MAIL or before, such a reply is about our session, for any recipient.
    """
    status, text = reply.enhanced_status or "", LINE_END.sub(" ", reply.text)
    if reply.verb not in ABOUT_THE_RECIPIENT or reply.verdict is not Verdict.DEFERRED:
        return False
    if ASKS_FOR_SOMETHING_ELSE.search(text) or status.startswith(MAILBOX_TROUBLE):
        return False
    is_likely = reply.code in MAY_ASK_FOR_LESS or status.startswith("4.7.")
    return status == MAIL_FLOOD or (is_likely and bool(ASKS_FOR_LESS.search(text)))
