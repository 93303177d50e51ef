"""The Celery app that `celery -A dispatch.worker.celery` loads, and its tasks.

Importing it does not read the environment: settings are read when Celery first needs its
configuration, and each process makes its means when it runs its first task.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache, partial
from typing import Any, Final

from celery import Celery, Task
from celery.signals import (
    beat_init,
    setup_logging,
    worker_process_init,
    worker_process_shutdown,
)
from kombu.exceptions import OperationalError
from structlog.contextvars import bound_contextvars
from structlog.stdlib import get_logger

from dispatch import garbage, log, telemetry
from dispatch.app import check_key, from_environment
from dispatch.database import DatabaseTrouble, keys
from dispatch.domain.errors import DispatchError
from dispatch.environment import asks_for_traces
from dispatch.worker import config, jobs, ledger_tasks, tasks, wakeups
from dispatch.worker.means import Means, TaskName
from dispatch.worker.trouble import TROUBLES, Seldom

logger = get_logger("dispatch.worker")

TASKS: Final[Mapping[TaskName, Callable[[Means], None]]] = {
    TaskName.TICK: tasks.tick,
    TaskName.PULSE: tasks.pulse,
    TaskName.GO_ON: tasks.go_on,
    TaskName.RENDER_LETTERS: tasks.render_letters,
    TaskName.SEND_LETTERS: tasks.send_letters,
    TaskName.LOCATE_EXCHANGERS: tasks.locate_exchangers,
    TaskName.REMIND: tasks.remind,
    TaskName.LOOK_FOR_MAIL: tasks.look_for_mail,
    TaskName.COLLECT_MAIL: tasks.collect_mail,
    TaskName.READ_MAIL: tasks.read_mail,
    TaskName.LOOK_FOR_COPIES: tasks.look_for_copies,
    TaskName.KEEP_COPIES: tasks.keep_copies,
    TaskName.SEAL: ledger_tasks.seal_events,
    TaskName.KEEP_CHECKPOINT: ledger_tasks.keep_checkpoint,
    TaskName.LOOK_FOR_WITNESSES: ledger_tasks.look_for_witnesses,
    TaskName.MAIL_CHECKPOINT: ledger_tasks.mail_checkpoint,
    TaskName.LOOK_FOR_AUDIT: ledger_tasks.look_for_audit,
    TaskName.FORGET_SEARCHES: ledger_tasks.forget_searches,
    TaskName.AUDIT_LEDGER: ledger_tasks.audit_ledger,
    TaskName.DO_JOBS: jobs.do_jobs,
}


@cache
def means() -> Means:
    """Return the means of this process, made on first use and kept."""
    return Means(from_environment(), publish)


@cache
def means_of_work() -> Means:
    """Return the same once the database is known to be written with our key.

    Raises `RuleBroken` as `app.check_key`, and whatever a database raises that does not answer:
    then the next task asks again.
    """
    made = means()
    with made.app.sessions.begin() as session:
        if keys.has_table(session):
            check_key(made.app, session)
    return made


def publish(name: TaskName, workers: int) -> None:
    """Publish messages that each wake a worker, until this many wait in the task's queue.

    A message does not expire: Celery would compare the clock of the machine that sent it with that
    of the machine that takes it, and a worker four seconds ahead would drop every one. Their number
    is limited instead, so that a worker that was away is not busy with old ones.
    """
    try:
        for _ in range(workers - _waiting(name)):
            app.tasks[name.value].apply_async()
    except (OperationalError, AttributeError) as error:
        # What is due stays due, and the clock wakes a worker when the broker is back. The
        # AttributeError is kombu's: if the broker is lost while it declares a queue, it goes on
        # with the channel it had before.
        TROUBLES.met("the broker does not answer", "waking", str(error))
        # A short line each time: it shows that the clock goes on without the broker.
        logger.info("nobody could be woken", task=name.value)
    else:
        TROUBLES.well("waking")


def _waiting(name: TaskName) -> int:
    """Return how many wake-ups for a task wait in its queue."""
    if name is TaskName.PULSE:
        return 0  # it is not kept for a worker that is away
    with app.pool.acquire(block=True) as connection:
        try:
            declared = connection.default_channel.queue_declare(queue=name.value)
        except (*connection.connection_errors, *connection.channel_errors) as error:
            raise OperationalError(str(error)) from error
        return int(declared.message_count)


def _configuration() -> dict[str, Any]:
    """Return Celery's settings, or end the program with one line that says what is wrong."""
    try:
        found = config.configuration(means().app)
        with contextlib.suppress(DatabaseTrouble):  # it may be back when there is work
            means_of_work()
    except DispatchError as error:
        raise SystemExit(f"Error: {error}") from error
    return found


def _add_task(name: TaskName, work: Callable[[Means], None]) -> None:
    def work_with_means(self: Task) -> None:
        own = means_of_work()
        work(replace(own, worker=self.request.hostname or own.worker))

    def run(self: Task) -> None:
        if self.request.called_directly:  # by the clock, which has the same rule
            work_with_means(self)
            return
        with bound_contextvars(task=name.value, task_id=self.request.id):
            TROUBLES.run(name.value, partial(work_with_means, self))

    app.task(run, name=name.value, bind=True)


wakeups.install()
app = Celery("dispatch")
app.add_defaults(_configuration)  # as a function: it is called when the settings are first needed
for _name, _work in TASKS.items():
    _add_task(_name, _work)


@beat_init.connect
def heed(sender: Any, **_: object) -> None:  # noqa: ANN401 - Celery's service of the clock
    """Make the clock heed signals, in the place of what Celery has just installed."""
    sender.scheduler.heed_signals()
    _trace()


def _trace() -> None:
    """Trace the tasks of this process, if it is asked."""
    telemetry.begin(is_asked=asks_for_traces())
    telemetry.trace_tasks()


@worker_process_init.connect
def forget(**_: object) -> None:
    """Make a forked process build its own means: connections and compilers do not survive a fork.

    The objects made before the fork stay.
    """
    means.cache_clear()
    means_of_work.cache_clear()
    _trace()
    garbage.settle()


@worker_process_shutdown.connect
def _end_traces(**_: object) -> None:
    """Export the last spans: Celery ends a forked process without Python's own last steps."""
    telemetry.end()


@setup_logging.connect
def _log(**_: object) -> None:
    """Log as the rest of dispatch does. Celery leaves logging alone once this is connected."""
    with contextlib.suppress(DispatchError):  # which ends the program where it is met next
        log.begin(means().app.settings.log_format, means().app.settings.log_level)
    for handler in logging.getLogger().handlers:
        handler.addFilter(Seldom())
