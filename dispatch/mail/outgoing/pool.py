"""A pool of connections to a mail server, so that its delay over one does not set the pace.

Each connection has a greenlet of its own, since the time goes into waiting for the server. Threads
would do as well, but wait for each other 30 times a letter, which costs half as much work again.
The pool touches no database; the caller gets what it learns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from time import monotonic
from typing import Final, Generic, TypeVar

import gevent
from gevent import sleep
from gevent.event import AsyncResult
from gevent.lock import BoundedSemaphore
from gevent.queue import Empty, SimpleQueue

from dispatch.domain.reply import Outcome, Verdict
from dispatch.mail.outgoing.transport import Connection, Transport

# gevent's own are for callers of the pool: while one waits on them, the connections go on.
__all__ = ["AsyncResult", "ConnectionPool", "SimpleQueue", "gathered", "sleep"]

URGENT_SECONDS: Final = 0.0015
"""How long the first item that somebody waits for may wait for others."""

LONGEST_SECONDS: Final = 0.02
"""How long an item that nobody waits for may wait for others."""

Job = TypeVar("Job")


class ConnectionPool(Generic[Job]):
    """Up to `size` greenlets that take jobs from one queue, each with a connection of its own.

    It begins with `first` of them; `widen` allows more.

    `work` gets a job and a connection that can take a message, or the outcome of every message
    while no connection can be made. It must not raise.
    """

    def __init__(
        self,
        transport: Transport,
        size: int,
        work: Callable[[Job, Connection | Outcome], None],
        *,
        first: int | None = None,
    ) -> None:
        self._transport = transport
        self._size = size
        self._allowed = min(size, first or size)
        self._work = work
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._greenlets: list[gevent.Greenlet[[], None]] = []
        self._first = BoundedSemaphore()
        self._open = 0
        self._trouble: Outcome | None = None

    @property
    def waiting(self) -> int:
        """How many jobs have not begun yet."""
        return self._jobs.qsize()

    @property
    def is_cut_off(self) -> bool:
        """Whether no connection can be made at all."""
        return self._trouble is not None

    @property
    def allowed(self) -> int:
        """How many connections there may be at the moment."""
        return self._allowed

    def submit(self, job: Job) -> None:
        """Queue a job for the first connection that is free."""
        self._jobs.put(job)
        self._spawn()

    def widen(self, more: int) -> None:
        """Allow some more connections, up to `size`."""
        self._allowed = min(self._allowed + more, self._size)
        for _ in range(min(more, self.waiting)):
            self._spawn()

    def _spawn(self) -> None:
        if len(self._greenlets) < self._allowed:
            self._greenlets.append(gevent.spawn(self._serve))

    def go_on(self) -> None:
        """Let each connection that can go on do so, until it waits for its server."""
        sleep(0)

    def close(self) -> None:
        """Let all jobs that have begun finish, and close the connections."""
        for _ in self._greenlets:
            self._jobs.put(None)
        gevent.joinall(self._greenlets)

    def _serve(self) -> None:
        connection: Connection | None = None
        try:
            while (job := self._jobs.get()) is not None:
                found = self._usable(connection)
                connection = None if isinstance(found, Outcome) else found
                if found is None:
                    self._jobs.put(job)  # for the greenlets that have a connection
                    return
                self._work(job, found)
        finally:
            self._close(connection)

    def _usable(self, connection: Connection | None) -> Connection | Outcome | None:
        """Return the connection, or a new one if it is used up; None if the others must do.

        A server may allow fewer connections than we ask for: that must not cost a letter, so a
        greenlet without one gives its job back while others are open. Only if none is open is the
        failure the outcome of the messages, and one attempt to connect decides it for all.
        """
        if connection and connection.is_usable:
            return connection
        self._close(connection)
        if self._open:
            return self._connected()
        with self._first:  # until one is open, one attempt to connect at a time
            return self._trouble or self._connected()

    def _connected(self) -> Connection | Outcome | None:
        try:
            connected = self._transport.connect()
        except Exception as error:  # noqa: BLE001 - a greenlet that dies would leave its jobs to none
            why = f"no connection to the mail server: {type(error).__name__}: {error}"
            connected = Outcome(Verdict.DEFERRED, trouble=why)
        if not isinstance(connected, Outcome):
            self._open += 1
            return connected
        if self._open:
            return None
        self._trouble = connected  # the next message would fare no better
        return connected

    def _close(self, connection: Connection | None) -> None:
        if connection:
            self._open -= 1
            connection.close()


def gathered(
    queue: SimpleQueue[Job],
    enough: int,
    is_urgent: Callable[[Job], bool],
    *,
    patience: float | None = None,
) -> Iterator[Job]:
    """Wait for one item, then yield all that come until enough are urgent, or a moment is over.

    Items that share a commit cost less: half as much, with eight connections that ask for it.
    Yields none if the first does not come within `patience` seconds.
    """
    with suppress(Empty):
        found = queue.get(timeout=patience)
        ends_at, urgent = monotonic() + LONGEST_SECONDS, 0
        while True:
            yield found
            if is_urgent(found):
                urgent += 1
                ends_at = min(ends_at, monotonic() + URGENT_SECONDS)
            left = ends_at - monotonic() if urgent < enough else 0
            found = queue.get(timeout=left) if left > 0 else queue.get_nowait()
