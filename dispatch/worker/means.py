"""What tasks are given: the app, a way to wake workers, and how much to do at a time."""

from __future__ import annotations

import random
import socket
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import Final

from dispatch.app import App
from dispatch.mail.outgoing.pool import sleep
from dispatch.sending.recorder import SPOOL, Spool
from dispatch.sending.send import SendingMeans
from dispatch.tracking.staff import ReminderMeans
from dispatch.tracking.store import heartbeats
from dispatch.views.remedies import in_words

TICK_SECONDS: Final = 1.0
"""How often the clock looks: pausing, releasing and waking all happen within this."""

CHECK_SECONDS: Final = 60.0
"""How often the clock looks whether a checkpoint must be stored or emailed."""

HEARTBEAT: Final = timedelta(seconds=10)
"""How often a worker or a clock notes that it is alive."""


class TaskName(Enum):
    """The tasks, by the names they have in messages."""

    TICK = "dispatch.tick"
    PULSE = "dispatch.pulse"
    GO_ON = "dispatch.go_on"
    RENDER_LETTERS = "dispatch.render_letters"
    SEND_LETTERS = "dispatch.send_letters"
    LOCATE_EXCHANGERS = "dispatch.locate_exchangers"
    REMIND = "dispatch.remind"
    LOOK_FOR_MAIL = "dispatch.look_for_mail"
    COLLECT_MAIL = "dispatch.collect_mail"
    READ_MAIL = "dispatch.read_mail"
    LOOK_FOR_COPIES = "dispatch.look_for_copies"
    KEEP_COPIES = "dispatch.keep_copies"
    SEAL = "dispatch.seal"
    KEEP_CHECKPOINT = "dispatch.keep_checkpoint"
    LOOK_FOR_WITNESSES = "dispatch.look_for_witnesses"
    MAIL_CHECKPOINT = "dispatch.mail_checkpoint"
    LOOK_FOR_AUDIT = "dispatch.look_for_audit"
    FORGET_SEARCHES = "dispatch.forget_searches"
    AUDIT_LEDGER = "dispatch.audit_ledger"
    DO_JOBS = "dispatch.do_jobs"


@dataclass(frozen=True, slots=True)
class Means:
    """What a task works with. Tests make their own."""

    app: App
    publish: Callable[[TaskName, int], None]
    """Publishes messages that wake workers for a task; see `wake`."""
    worker: str = socket.gethostname()
    """The name by which this worker notes that it is alive."""
    run_seconds: float = 5.0
    """How long a task works before it lets the next message have its worker."""
    send_batch: int = 100
    """Deliveries claimed at once: few enough that a lease outlasts the slowest of them.

    With 50 a sixth fewer letters leave in a second; with 400 as many."""
    render_batch: int = 8
    """Letters rendered between two commits, with their spreadsheets in memory, up to 15 MB each.

    With 16 a letter takes 1 % less of a processor."""
    read_batch: int = 10
    """Messages read before their conclusions are drawn."""
    look_up_batch: int = 32
    """Recipient domains whose exchangers are looked up at once."""
    most_woken: int = 16
    """Workers woken at one tick, on all machines together."""

    def wake(self, task: TaskName, *, workers: int = 1) -> None:
        """Wake workers for a task, until this many wake-ups wait in its queue."""
        self.publish(task, workers)

    def beat(self) -> None:
        """Note that this worker is alive: to be called once it has done some work."""
        with self.app.sessions.begin() as session:
            heartbeats.beat(session, "worker", self.worker, self.app.clock(), HEARTBEAT)


def sending_means(means: Means) -> SendingMeans:
    """Return what letters are sent with."""
    app, settings = means.app, means.app.settings
    return SendingMeans(
        sessions=app.sessions,
        transport=app.transport,
        sender=app.sender,
        clock=app.clock,
        sleep=sleep,
        random=random.random,
        spool=Spool(settings.home / SPOOL),
        lease=app.lease,
        run_time=timedelta(seconds=means.run_seconds),
        retry_waits=settings.retry_waits,
        retry_jitter=settings.retry_jitter,
        rates=settings.rates,
        connections=settings.connections,
        all_connections=settings.limits.connections,
        batch_size=means.send_batch,
        mark_ahead=settings.mark_ahead,
    )


def reminder_means(app: App) -> ReminderMeans:
    """Return what staff are reminded of the unreached with."""
    return ReminderMeans(
        staff=app.settings.office,
        sessions=app.sessions,
        transport=app.staff_transport(),
        sender=app.sender,
        templates=app.templates,
        clock=app.clock,
        in_words=in_words,
    )
