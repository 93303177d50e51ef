"""The clock: a scheduler that runs its tasks itself, and needs nothing but the database.

Celery's would publish each tick for a worker to run. Then a mail server that hangs every worker, or
a broker that is away, would hold up releasing, sweeping and expiring as well. Celery's also counts
by the wall clock: set back by an hour, it would stand still for an hour.
"""

from __future__ import annotations

import signal
import time
from typing import Any, Final, NoReturn

from celery.beat import ScheduleEntry, Scheduler
from structlog.contextvars import bound_contextvars

from dispatch.worker.trouble import TROUBLES

LONGEST_SLEEP: Final = 1.0
"""Seconds after which it looks again, however far off the next entry is."""

PATIENCE_SECONDS: Final = 10
"""How long an entry may go on once the clock is asked to stop."""


class Clock(Scheduler):
    """A scheduler that runs its entries in its own process. It keeps no file of its last runs.

    It counts seconds by a clock that nobody can set.
    """

    producer = None  # Celery's would wait here for the broker

    def __init__(self, *args: Any, **options: Any) -> None:  # noqa: ANN401 - as Celery calls it
        self._due_at: dict[str, float] = {}
        """When each entry runs next, by `time.monotonic`; at once if it has not run yet."""
        self._is_asked_to_stop = False
        super().__init__(*args, **options)

    def tick(self, *_: object, **__: object) -> float:
        """Run every entry that is due; return how many seconds to sleep until the next.

        Raises `SystemExit` between two entries once it is asked to stop.
        """
        for name, entry in self.schedule.items():
            if self._is_asked_to_stop:
                self._stop()
            began_at = time.monotonic()
            if began_at >= self._due_at.get(name, began_at):
                self._due_at[name] = began_at + entry.schedule.seconds
                self.apply_entry(entry)
        next_at = min(self._due_at.values(), default=time.monotonic() + LONGEST_SLEEP)
        return min(max(next_at - time.monotonic(), 0.0), LONGEST_SLEEP)

    def heed_signals(self) -> None:
        """Stop when the process is asked to: between two entries, or after ten seconds at last.

        Celery raises `SystemExit` wherever the process happens to be. In a destructor Python
        ignores that, and the clock would go on until it is killed.
        """
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGALRM):
            signal.signal(number, self._on_signal)

    def _on_signal(self, *_: object) -> None:
        self.ask_to_stop()
        signal.alarm(PATIENCE_SECONDS)

    def ask_to_stop(self) -> None:
        """Stop between two entries; raise `SystemExit` if asked a second time."""
        if self._is_asked_to_stop:
            self._stop()
        self._is_asked_to_stop = True

    def _stop(self) -> NoReturn:
        signal.alarm(0)  # it would end a process that is about to end, with a bad status
        raise SystemExit

    def apply_entry(self, entry: ScheduleEntry, producer: Any = None) -> None:  # noqa: ANN401, ARG002 - as Celery calls it
        """Run an entry's task. An error is logged, and the next tick comes all the same."""
        with bound_contextvars(task=entry.task):
            TROUBLES.run(entry.task, self.app.tasks[entry.task])
