"""The clock: it does what is due itself, and needs nobody but the database.

Celery's beat would publish the tick for a worker. Then a relay that hangs in every worker, or a
broker that is away, would hold back releasing, sweeping and expiring as well.
"""

from __future__ import annotations

from typing import Any

from celery.beat import ScheduleEntry, Scheduler
from structlog.stdlib import get_logger

logger = get_logger("dispatch.worker")


class Clock(Scheduler):
    """A scheduler that runs its entries where it is. It keeps no file: the database knows."""

    producer = None  # Celery's would wait here for the broker

    def apply_entry(self, entry: ScheduleEntry, producer: Any = None) -> None:  # noqa: ANN401, ARG002 - as Celery calls it
        """Run an entry's task. What goes wrong is logged, and the next tick comes."""
        try:
            self.app.tasks[entry.task]()
        except Exception:
            logger.exception("a tick failed", task=entry.task)
