"""The first letters of a mailout: which they are, and when the others may follow.

One letter to each receiving system goes first. What is wrong with our own server, login or domain
then meets these few, and not every authority: the others wait until what came back has been read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from hashlib import sha256
from typing import Final

from dispatch.domain.calendar import moment_in_words
from dispatch.domain.delivery import IN_PROGRESS, REACHED, DeliveryState
from dispatch.domain.sending.receivers import stem, system_of
from dispatch.domain.wording.counts import counted, some

USUAL_MINUTES: Final = 15
"""How long the others wait, in a new plan that does not say: longer than servers make mail from
strangers wait, and than a bounce usually takes."""

MOST: Final = 15
"""First letters, however many systems there are."""

LIMIT: Final = timedelta(hours=1)
"""How long the first letters may take to be accepted, while letters may leave: servers that make
strangers wait have taken a letter by the third or fourth attempt."""

LATE: Final = timedelta(minutes=15)
"""How long what came back may wait to be read, once the wait is over."""

SHARE: Final = 5
"""One in this many first letters may come back without a stop, and one in any case."""

NAMED: Final = 6
"""Authorities that a reason names before it counts the rest."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One recipient of one letter."""

    code: str
    """The authority's."""
    address: str
    domain: str
    is_copy: bool


@dataclass(frozen=True, slots=True)
class First:
    """A letter that goes first, and whom it stands for."""

    code: str
    system: str
    """What receives it: a system that we know by name, or a domain."""
    letters: int
    """How many letters to that system there are."""
    address: str = field(repr=False)
    """Where it goes."""


def choose(
    candidates: Iterable[Candidate], hosts: Mapping[str, Collection[str]], seed: str
) -> tuple[First, ...]:
    """Return the first letters, those to the largest systems first; none if that would be all.

    `hosts` has the mail exchangers of the domains that were looked up. Of the letters to a system,
    those to an addressee come before copies, and then a digest with `seed` decides: always the same
    one for a mailout, and not every year the same authority. One pass over all of them.
    """
    systems = {domain: _system(domain, found) for domain, found in hosts.items()}
    sizes: Counter[str] = Counter()
    best: dict[str, tuple[tuple[bool, bytes], Candidate]] = {}
    for each in candidates:
        system = systems.get(each.domain, each.domain)
        sizes[system] += 1
        rank = each.is_copy, sha256(f"{seed}:{each.code}:{each.address}".encode()).digest()
        if system not in best or rank < best[system][0]:
            best[system] = rank, each
    if sizes.total() <= min(len(sizes), MOST):
        return ()
    largest = sorted(sizes, key=lambda system: (-sizes[system], system))[:MOST]
    return tuple(
        First(best[each][1].code, each, sizes[each], best[each][1].address) for each in largest
    )


def _system(domain: str, hosts: Collection[str]) -> str:
    """Return what receives mail for a domain: a known system, or where its own exchanger is."""
    return system_of(hosts) or next(map(stem, hosts), domain)


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """How far what came back has been taken in and read."""

    looked_at: Mapping[str, datetime | None]
    """Each way by which mail comes in: when the last look at all that was there began."""
    unread: int = 0
    """Messages that came before the end of the wait, and of which nothing is concluded yet."""
    unreadable: int = 0
    """Messages that came since the release and could not be read: they are in quarantine."""

    def trouble(self, until: datetime) -> str | None:
        """Return why nobody can say yet what came back until that moment; None if we can."""
        for name, at in self.looked_at.items():
            if at is None:
                return f"no mail was taken in from {name} yet"
            if at < until:
                return f"no mail was taken in from {name} since {moment_in_words(at)}"
        if self.unread:
            return f"{counted(self.unread, 'message', 'messages')} that came in not read yet"
        if self.unreadable:
            messages = counted(self.unreadable, "message", "messages")
            return f"{messages} that came in could not be read and must be looked at by a person"
        return None

    @property
    def may_catch_up(self) -> bool:
        """Whether it may come right without a person."""
        return bool(self.looked_at) and not self.unreadable


class Course(Enum):
    """What follows from how the first letters fare."""

    WAIT = "wait"
    GO = "go"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class Decision:
    """What follows, why, and until when it is waited for, if that is known."""

    course: Course
    why: str = ""
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fared:
    """How one first letter fared."""

    code: str
    state: DeliveryState
    tried_at: datetime | None = None
    """When the last attempt ended."""
    came_back: bool = False
    """Whether a notice says so that is verified, or probably genuine."""
    about_us: str | None = None
    """What a reply or such a notice said about our own server, login or domain."""

    @property
    def is_open(self) -> bool:
        """Whether nobody knows yet if a server has taken it."""
        return self.state in IN_PROGRESS or self.state is DeliveryState.IN_DOUBT

    @property
    def has_failed(self) -> bool:
        return self.state in {DeliveryState.REFUSED, DeliveryState.BOUNCED} or self.came_back

    @property
    def is_well(self) -> bool:
        return self.state in REACHED and not self.came_back


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How all first letters of a mailout fare at a moment."""

    now: datetime
    since: datetime
    """The release, or when a person let the mailout go on meanwhile."""
    open_since: datetime | None
    """Since when letters may leave, by the plan's hours and days; None while they may not."""
    wait: timedelta
    letters: tuple[Fared, ...]

    @property
    def accepted(self) -> int:
        return sum(each.is_well for each in self.letters)

    @property
    def until(self) -> datetime | None:
        """When the wait ends; None while a first letter is not accepted."""
        if any(each.is_open for each in self.letters):
            return None
        tried = [each.tried_at for each in self.letters if each.tried_at]
        return max(tried, default=self.since) + self.wait

    def decide(self, incoming: Incoming) -> Decision:
        """Say whether the others follow, wait, or stay until a person has looked."""
        if why := self._reason_to_stop():
            return Decision(Course.STOP, why)
        until = self.until
        if until is None or self.now < until:
            return Decision(Course.WAIT, until=until)
        trouble = incoming.trouble(until) if incoming.looked_at else NOBODY_LOOKS
        if trouble is None:
            return Decision(Course.GO)
        why = f"nobody can say whether a first letter came back: {trouble}"
        may_wait = incoming.may_catch_up and self.now < until + LATE
        return Decision(Course.WAIT if may_wait else Course.STOP, why, until)

    def _reason_to_stop(self) -> str | None:
        if about_us := next((each for each in self.letters if each.about_us), None):
            return f"the first letter to {about_us.code}: {about_us.about_us}"
        failed = [each.code for each in self.letters if each.has_failed]
        if len(failed) >= self._several:
            return (
                f"{len(failed)} of {self._first_letters} came back or were refused: "
                f"{some(sorted(failed), NAMED)}"
            )
        open_ = [each.code for each in self.letters if each.is_open]
        if open_ and self.open_since:
            since = max(self.since, self.open_since)
            if self.now >= since + LIMIT:
                minutes = LIMIT // timedelta(minutes=1)
                return (
                    f"{len(open_)} of {self._first_letters} not accepted within {minutes} "
                    f"minutes: {some(sorted(open_), NAMED)}"
                )
        if not open_ and not self.accepted:
            return f"none of {self._first_letters} was accepted"
        return None

    @property
    def _several(self) -> int:
        """How many that come back are a reason to stop."""
        count = len(self.letters)
        return min(max(2, -(-count // SHARE)), count)

    @property
    def _first_letters(self) -> str:
        return counted(len(self.letters), "first letter", "first letters")


NOBODY_LOOKS: Final = "nothing takes in the mail that comes back; look for yourself, then resume"
