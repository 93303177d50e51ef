"""What workers do about jobs: take one, say how far it is, and keep its result.

Each step has a transaction of its own, so none is open while the work itself goes on. A worker that
dies is known by its lease, after which another begins the job anew; the first one, should it only
have been held up, can no longer end it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeVar
from uuid import UUID

from dispatch.database import DatabaseTrouble, Session, Sessions
from dispatch.domain.errors import DispatchError
from dispatch.domain.jobs.job import KEPT_WAITING, MOST_TRIES, Job, JobKind, Result
from dispatch.jobs import orders, store

T = TypeVar("T")

LEASE: Final = timedelta(minutes=5)
"""How long a job may go on without saying how far it is."""

LEASES: Final = {JobKind.VERIFY: timedelta(hours=1)}
"""The same for kinds with steps that take long."""

SECONDS: Final = 0.5
"""How often its progress is written at most: the page looks every two seconds."""

UNEXPECTED: Final = "it failed, and the log of the workers says why: tell the person who runs them"


class Lost(Exception):
    """Another worker has the job: this one must stop, and record nothing."""


@dataclass(slots=True)
class Progress:
    """Says how far a job is."""

    sessions: Sessions
    clock: Callable[[], datetime]
    job_id: UUID
    token: int
    lease: timedelta = LEASE
    _written_at: float = -SECONDS

    def __call__(self, done: int, of: int) -> None:
        """Note how many steps are done, and that the worker lives.

        Not inside a transaction that writes: this one would wait for it. Raises `Lost`.
        """
        is_last = done >= of
        if not is_last and time.monotonic() < self._written_at + SECONDS:
            return
        self._written_at = time.monotonic()
        with self.sessions.begin() as session:
            until = self.clock() + self.lease
            held = store.move(session, self.job_id, self.token, done=done, of=of, lease_until=until)
        if not held:
            raise Lost

    def over(self, items: Iterable[T], of: int, *, before: int = 0) -> Iterator[T]:
        """Yield items, and note after each how many of them and of those before are done.

        Raises `Lost`.
        """
        self(before, of)
        for done, each in enumerate(items, before + 1):
            yield each
            self(done, of)


Work = Callable[[Job, Progress], Result]
"""What does a job of one kind."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a job ended in this worker."""

    job: Job
    fault: Exception | None = None
    """An error that nobody foresaw, for the log."""


def is_due(session: Session, *, now: datetime) -> bool:
    """Whether a job waits for a worker."""
    return store.count_due(session, now=now) > 0


def do_one(
    sessions: Sessions, clock: Callable[[], datetime], work: Callable[[JobKind], Work]
) -> Ended | None:
    """Take the job that has waited longest and do it; return how it ended, or None if none waits.

    Raises whatever a database raises that does not answer: then the job is tried again once its
    lease has run out.
    """
    with sessions.begin() as session:
        now = clock()
        row = store.claim(session, now=now)
        if row is None:
            return None
        lease = LEASES.get(row.kind, LEASE)
        row.lease_until = now + lease
        job, token = orders.as_job(session, row), row.token
    result, error, fault = None, _refusal(job, token, now), None
    if error is None:
        try:
            result = work(job.kind)(job, Progress(sessions, clock, job.id, token, lease))
        except (Lost, DatabaseTrouble) as trouble:
            return _left(job, trouble)
        except DispatchError as refused:
            error = str(refused)
        except Exception as unforeseen:  # noqa: BLE001 - the person who asked must see that it ended
            error, fault = UNEXPECTED, unforeseen
    with sessions.begin() as session:
        store.end(session, (job.id, token), now=clock(), result=result, error=error)
        return Ended(orders.found(session, job.id), fault)


def _left(job: Job, trouble: Exception) -> Ended:
    """Leave a job that another worker has, or raise what keeps it from being done now."""
    if isinstance(trouble, Lost):
        return Ended(job)
    raise trouble


def _refusal(job: Job, token: int, now: datetime) -> str | None:
    """Return why a job that was taken must not be done; None if it may."""
    if job.error:
        return job.error
    if token > MOST_TRIES:
        return f"it ended the worker that did it, {MOST_TRIES} times: tell the person who runs them"
    if now > job.asked_at + KEPT_WAITING:
        return "no worker took it up for a day, and it may not be wanted any more: ask for it again"
    return None
