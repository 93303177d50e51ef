"""Stand-ins for the clock and the mail server. Everything else in the tests is the real thing."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from gevent import Timeout
from gevent.event import Event

from dispatch.database import Session
from dispatch.domain.reply import Outcome, Reply, Verdict
from dispatch.domain.sending.envelope import Envelope
from dispatch.domain.sending.timekeeping import Reading
from dispatch.mail.outgoing.transport import Connection

ACCEPTED = Outcome.answered(Reply(".", 250, "2.0.0 queued"))


@dataclass
class FakeTransport:
    """A way to a server that gives the outcomes it was told to and keeps what it was handed."""

    outcomes: deque[Outcome] = field(default_factory=deque)
    """What the next offers come to; accepted when it has run out."""
    trouble: Outcome | None = None
    """Why no line is to be had."""
    sent: list[tuple[Envelope, bytes]] = field(default_factory=list)
    """What the server took charge of, or may have."""
    lines: int = 0
    address: str = "mail.test:25"

    def connect(self) -> Connection | Outcome:
        self.lines += 1
        return self.trouble or FakeLine(self)

    def hear_the_offer(self) -> Outcome:
        """Return what the next offer comes to."""
        return self.outcomes.popleft() if self.outcomes else ACCEPTED

    def hear_the_dot(self, envelope: Envelope, message: bytes, outcome: Outcome) -> None:
        """Take a message, if that is what its offer comes to."""
        if outcome.verdict in {Verdict.ACCEPTED, Verdict.IN_DOUBT}:
            self.sent.append((envelope, message))


@dataclass
class FakeLine:
    """One session with the server that is not there."""

    transport: FakeTransport
    server: str = "mail.test:25"
    tls: str | None = None
    is_usable: bool = True

    def offer(
        self,
        envelope: Envelope,
        message: bytes,
        *,
        before_dot: Callable[[], bool],
        needs_smtputf8: bool = False,
    ) -> Outcome:
        outcome = self.transport.hear_the_offer()
        self.is_usable &= outcome.reply is not None
        if _ends_before_the_dot(outcome):
            return outcome
        if not before_dot():
            self.is_usable = False
            return Outcome(Verdict.WITHDRAWN)
        self.transport.hear_the_dot(envelope, message, outcome)
        return outcome

    def close(self) -> None:
        self.is_usable = False


def _ends_before_the_dot(outcome: Outcome) -> bool:
    if outcome.reply:
        return outcome.reply.verb != "."
    return outcome.verdict is Verdict.DEFERRED


class Meeting:
    """A point that so many threads must reach before any of them goes on."""

    def __init__(self, count: int) -> None:
        self._missing = self._count = count
        self._is_complete = Event()

    def wait(self) -> None:
        """Wait for the others; whoever comes after them begins the next meeting."""
        complete, self._missing = self._is_complete, self._missing - 1
        if not self._missing:
            self._missing, self._is_complete = self._count, Event()
            complete.set()
        with Timeout(10):
            complete.wait()


@dataclass
class FakeClock:
    """A clock that stands still until it is told to move: Monday before the letter date."""

    now: datetime = datetime(2020, 7, 20, 9, 0, tzinfo=UTC)
    ahead: timedelta = timedelta(0)
    """By how much it is ahead of what nobody can set."""
    boot: str = "the first start"

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **amount: float) -> None:
        self.now += timedelta(**amount)

    def reach(self, moment: datetime) -> None:
        self.now = moment

    def set_by(self, **amount: float) -> None:
        """Set it, as a hand or a time server does: no time goes by."""
        self.now += timedelta(**amount)
        self.ahead += timedelta(**amount)

    @property
    def elapsed(self) -> float:
        return (self.now - self.ahead).timestamp()

    def reading(self, _: Session) -> Reading:
        return Reading(self.now, self.elapsed, self.boot)
