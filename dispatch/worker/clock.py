"""The clock: a scheduler that runs its tasks itself, and needs nothing but the database.

Celery's would publish each tick for a worker to run. Then a mail server that hangs every worker, or
a broker that is away, would hold up releasing, sweeping and expiring as well.
"""

from __future__ import annotations

from typing import Any

from celery.beat import ScheduleEntry, Scheduler
from structlog.stdlib import get_logger

logger = get_logger("dispatch.worker")


class Clock(Scheduler):
    """A scheduler that runs its entries in its own process. It keeps no file of its last runs."""

    producer = None  # Celery's would wait here for the broker

    def apply_entry(self, entry: ScheduleEntry, producer: Any = None) -> None:  # noqa: ANN401, ARG002 - as Celery calls it
        """Run an entry's task. An error is logged, and the next tick comes all the same."""
        try:
            self.app.tasks[entry.task]()
        except Exception:
            logger.exception("a tick failed", task=entry.task)
