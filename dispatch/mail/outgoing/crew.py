"""Several lines to a mail server at once, so that its delay over one does not set the pace.

Each line belongs to a greenlet, since the time goes into waiting for the server. Threads, which
would do as well, wait for each other 30 times a letter and take half as much work again for it.
The crew touches no database; what it learns it hands to whoever gave it the work.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from time import monotonic
from typing import Final, Generic, TypeVar

import gevent
from gevent.event import AsyncResult
from gevent.lock import BoundedSemaphore
from gevent.queue import Empty, SimpleQueue

from dispatch.domain.reply import Outcome, Verdict
from dispatch.mail.outgoing.transport import Line, Transport

URGENT_SECONDS: Final = 0.0015
"""How long the first for which somebody waits may wait for others."""

LONGEST_SECONDS: Final = 0.02
"""How long what nobody waits for may wait for others."""

Job = TypeVar("Job")

Tray = SimpleQueue
"""What some put into and others wait for."""

Answer = AsyncResult
"""What one waits for and another sets."""

pause = gevent.sleep
"""Waits so many seconds. Of all three: whoever waits lets the others of the crew go on."""


class Crew(Generic[Job]):
    """Up to `size` greenlets that take jobs from one bag, each with a line of its own.

    `work` gets a job and a line that can take a message, or the outcome that stands for every
    message while there is no line to be had. It must not raise.
    """

    def __init__(
        self, transport: Transport, size: int, work: Callable[[Job, Line | Outcome], None]
    ) -> None:
        self._transport = transport
        self._size = size
        self._work = work
        self._bag: Tray[Job | None] = Tray()
        self._members: list[gevent.Greenlet[[], None]] = []
        self._first = BoundedSemaphore()
        self._open = 0
        self._trouble: Outcome | None = None

    @property
    def waiting(self) -> int:
        """How many jobs nobody has begun yet."""
        return self._bag.qsize()

    @property
    def is_cut_off(self) -> bool:
        """Whether there is no line to be had at all."""
        return self._trouble is not None

    def give(self, job: Job) -> None:
        """Leave a job to whoever is free first."""
        self._bag.put(job)
        if len(self._members) < self._size:
            self._members.append(gevent.spawn(self._serve))

    def go_on(self) -> None:
        """Let each line that may go on do so, up to where it waits for its server."""
        pause(0)

    def dismiss(self) -> None:
        """Let everyone finish what they have begun, and close the lines."""
        for _ in self._members:
            self._bag.put(None)
        gevent.joinall(self._members)

    def _serve(self) -> None:
        line: Line | None = None
        try:
            while (job := self._bag.get()) is not None:
                found = self._usable(line)
                line = None if isinstance(found, Outcome) else found
                if found is None:
                    self._bag.put(job)  # for the others, who have lines
                    return
                self._work(job, found)
        finally:
            self._close(line)

    def _usable(self, line: Line | None) -> Line | Outcome | None:
        """Return the line, or a new one if it is used up; None if the others must do.

        A server may allow fewer lines than we would have: that costs no letter. Only where
        there is none at all, and only once, is it trouble for them.
        """
        if line and line.is_usable:
            return line
        self._close(line)
        if self._open:
            return self._connected()
        with self._first:  # while nobody is through, one call at a time
            return self._trouble or self._connected()

    def _connected(self) -> Line | Outcome | None:
        try:
            connected = self._transport.connect()
        except Exception as error:  # noqa: BLE001 - one that dies would leave its jobs to nobody
            why = f"no line to the mail server: {type(error).__name__}: {error}"
            connected = Outcome(Verdict.DEFERRED, trouble=why)
        if not isinstance(connected, Outcome):
            self._open += 1
            return connected
        if self._open:
            return None
        self._trouble = connected  # it would be no better for the next message
        return connected

    def _close(self, line: Line | None) -> None:
        if line:
            self._open -= 1
            line.close()


def gathered(queue: Tray[Job], enough: int, is_urgent: Callable[[Job], bool]) -> Iterator[Job]:
    """Wait for one, then give all that come until enough urgent ones are there, or a moment ends.

    What shares a commit costs less: with eight lines that ask for it together, half as much.
    """
    found = queue.get()
    ends_at, urgent = monotonic() + LONGEST_SECONDS, 0
    with suppress(Empty):
        while True:
            yield found
            if is_urgent(found):
                urgent += 1
                ends_at = min(ends_at, monotonic() + URGENT_SECONDS)
            left = ends_at - monotonic() if urgent < enough else 0
            found = queue.get(timeout=left) if left > 0 else queue.get_nowait()
