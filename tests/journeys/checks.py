"""A check of letters by a worker, in each state in which people look at its page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from sqlalchemy import update

from dispatch.app import App
from dispatch.database.tables import JobRow
from dispatch.domain.jobs.job import JobKind
from dispatch.jobs import orders
from dispatch.worker import jobs
from dispatch.worker.means import Means
from tests import steps
from tests.factories import a_word
from tests.fakes import FakeClock


def unasked(app: App, clock: FakeClock) -> None:
    """Nobody has asked for a check."""
    steps.planned(app, "OXO", "ADU", "ZZZ")


def waiting(app: App, clock: FakeClock) -> None:
    """It waits, and no worker runs."""
    unasked(app, clock)
    _ask(app)


def running(app: App, clock: FakeClock) -> None:
    """A worker is at it."""
    waiting(app, clock)
    with app.sessions.begin() as session:
        session.execute(update(JobRow).values(lease_until=clock(), done=2, of=4))


def found(app: App, clock: FakeClock) -> None:
    """It has found what stops letters and what to look at."""
    waiting(app, clock)
    app.settings.home.mkdir(exist_ok=True)
    jobs.do_jobs(Means(app, lambda task, workers: None))


def stale(app: App, clock: FakeClock) -> None:
    """Something has changed since it was done."""
    found(app, clock)
    clock.advance(minutes=5)
    steps.appointed(app, "OXO", "jo@oxo.example")


def again(app: App, clock: FakeClock) -> None:
    """Another goes on, and the one before is still shown."""
    stale(app, clock)
    _ask(app)


def failed(app: App, clock: FakeClock) -> None:
    """No worker took it up in time."""
    waiting(app, clock)
    clock.advance(days=2)
    app.settings.home.mkdir(exist_ok=True)
    jobs.do_jobs(Means(app, lambda task, workers: None))


def _ask(app: App) -> None:
    with app.sessions.begin() as session:
        orders.ask(session, JobKind.CHECK_LETTERS, steps.NAME, a_word(app.clock()))


CHECKS: Final[Mapping[str, Callable[[App, FakeClock], None]]] = {
    each.__name__: each for each in (unasked, waiting, running, found, stale, again, failed)
}
