"""Hold connections to the mail server, where it allows only a few over all workers.

A worker holds as many as it may open, for as long as it works, and staff's messages hold one each.
Where nothing limits them, nothing is counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import uuid4

from dispatch.database import DatabaseTrouble, Sessions
from dispatch.domain.reply import Outcome, Verdict
from dispatch.mail.outgoing.pool import sleep
from dispatch.mail.outgoing.transport import Connection, Transport
from dispatch.mail.outgoing.ways import WrappedConnection
from dispatch.sending.store import connections

RENEWED_AFTER: Final = connections.HOLDS / 3


@dataclass(slots=True)
class Held:
    """The connections that one run may keep open."""

    count: int
    holder: str = ""
    until: datetime | None = None
    """None if they are not counted, and so never run out."""

    def is_lost(self, now: datetime) -> bool:
        """Whether they have run out, as for a process that was frozen, and may be another's."""
        return self.until is not None and now >= self.until

    @property
    def patience(self) -> float | None:
        """How many seconds may pass before somebody must look whether to renew; None for any."""
        return None if self.until is None else RENEWED_AFTER.total_seconds()

    def renew(self, sessions: Sessions, now: datetime) -> None:
        """Hold them for as long again, if it is time to. Owns its transaction.

        While the database is away they are not renewed, and run out.
        """
        if self.until is None or self.is_lost(now) or now < self.until - 2 * RENEWED_AFTER:
            return
        with suppress(DatabaseTrouble), sessions.begin() as session:
            is_ours = connections.renew(session, self.holder, now=now)
            self.until = now + connections.HOLDS if is_ours else now


@contextmanager
def held(
    sessions: Sessions, clock: Callable[[], datetime], *, wanted: int, most: int | None
) -> Iterator[Held]:
    """Hold up to `wanted` connections for the length of the block, with `most` over all workers.

    None may be left: see `count`. Owns its transactions.
    """
    if most is None:
        yield Held(wanted)
        return
    holder, now = uuid4().hex, clock()
    with sessions.begin() as session:
        count = connections.take(session, holder, wanted=wanted, most=most, now=now)
    try:
        yield Held(count, holder, now + connections.HOLDS)
    finally:
        # If the database is away, they run out by themselves.
        if count:
            with suppress(DatabaseTrouble), sessions.begin() as session:
                connections.give_back(session, holder)


def counted(
    transport: Transport, sessions: Sessions, clock: Callable[[], datetime], most: int | None
) -> Transport:
    """Return a transport whose connections count among the most that all workers may have."""
    return transport if most is None else CountedTransport(transport, sessions, clock, most)


ONE_HOLDS: Final = timedelta(minutes=4)
"""How long a connection for messages to staff is held: nobody renews it."""

ONE_IS_USED: Final = ONE_HOLDS / 2
"""How long it takes further messages. The rest is for the last of them, from a slow server."""

PATIENCE: Final = timedelta(minutes=2)
"""How long a message to staff waits for a connection. Letters give theirs back after seconds,
unless the server is very slow."""

LOOK_SECONDS: Final = 0.5


@dataclass(frozen=True, slots=True)
class CountedTransport:
    """Makes connections that count, each as soon as there is one to spare."""

    transport: Transport
    sessions: Sessions
    clock: Callable[[], datetime]
    most: int

    @property
    def address(self) -> str:
        """The mail server, as people are shown it."""
        return self.transport.address

    def connect(self) -> Connection | Outcome:
        """Return a connection, or the deferred outcome of what needed it."""
        holder, now = uuid4().hex, self.clock()
        with self.sessions.begin() as session:
            connections.reserve(session, holder, now=now, until=now + ONE_HOLDS)
        connected = self._connected(now + PATIENCE)
        if isinstance(connected, Outcome):
            self._give_back(holder)
            return connected
        return _CountedConnection(
            connected, lambda: self._give_back(holder), self.clock, now + ONE_IS_USED
        )

    def _connected(self, until: datetime) -> Connection | Outcome:
        while not self._is_one_free():
            if self.clock() >= until:
                trouble = f"all {self.most} connections to the mail server are in use: try again"
                return Outcome(Verdict.DEFERRED, trouble=trouble)
            sleep(LOOK_SECONDS)
        return self.transport.connect()

    def _is_one_free(self) -> bool:
        with self.sessions.read() as session:
            return connections.in_all(session, now=self.clock()) <= self.most

    def _give_back(self, holder: str) -> None:
        with suppress(DatabaseTrouble), self.sessions.begin() as session:
            connections.give_back(session, holder)


@dataclass(frozen=True, slots=True)
class _CountedConnection(WrappedConnection):
    """A connection that is given back when it is closed."""

    give_back: Callable[[], None]
    clock: Callable[[], datetime]
    until: datetime
    """When it must be closed, since others may soon count it as theirs."""

    @property
    def is_usable(self) -> bool:
        """Whether it can take another message."""
        return self.clock() < self.until and self.inner.is_usable

    def close(self) -> None:
        """End the session, and give it back."""
        self.inner.close()
        self.give_back()
