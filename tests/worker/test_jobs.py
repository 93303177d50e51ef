from __future__ import annotations

from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from dispatch.app import App
from dispatch.domain.jobs.job import Job, JobKind, JobState
from dispatch.jobs import orders
from dispatch.mailouts.store import mailout_named
from dispatch.proof.verify import audit
from dispatch.publishing.orders import order, outlook
from dispatch.worker import jobs, ledger_tasks, tasks
from dispatch.worker.means import Means, TaskName
from tests import steps
from tests.factories import a_word
from tests.fakes import FakeClock
from tests.uploads import WORD, sent


@pytest.fixture
def woken() -> list[TaskName]:
    return []


@pytest.fixture
def means(app: App, woken: list[TaskName]) -> Means:
    app.settings.home.mkdir()
    return Means(app, lambda task, workers: woken.append(task))


def asked(app: App) -> Job:
    with app.sessions.begin() as session:
        return orders.ask(session, JobKind.VERIFY, "", a_word(app.clock()))


def now(app: App, job: Job) -> Job:
    with app.sessions.read() as session:
        return orders.found(session, job.id)


def test_the_clock_wakes_a_worker_for_a_job_until_one_has_it(
    app: App, means: Means, woken: list[TaskName]
) -> None:
    tasks.tick(means)
    assert TaskName.DO_JOBS not in woken
    asked(app)
    tasks.tick(means)
    assert woken.count(TaskName.DO_JOBS) == 1
    jobs.do_jobs(means)
    tasks.tick(means)
    assert woken.count(TaskName.DO_JOBS) == 1


def test_the_ledger_is_verified_by_a_worker(app: App, clock: FakeClock, means: Means) -> None:
    steps.released(app, clock)
    ledger_tasks.seal_events(means)
    job = asked(app)
    jobs.do_jobs(means)
    result = now(app, job).result
    assert result is not None
    assert (result["unsealed"], result["checkpoints"]) == (0, 0)
    assert result["seal"] > 0
    with app.sessions.read() as session:
        assert result["wrong"] == list(audit(session).wrong)
    done = now(app, job)
    assert done.of == done.done > result["seal"]  # each seal is a step
    jobs.do_jobs(means)


def test_a_fault_is_logged_and_ends_the_job(
    app: App, means: Means, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = asked(app)
    monkeypatch.setattr(jobs, "DOES", {})
    with capture_logs() as logs:
        jobs.do_jobs(replace(means, worker="w1"))
    assert now(app, job).state is JobState.FAILED
    assert [(each["event"], each["log_level"]) for each in logs] == [("a job failed", "error")]


def test_a_worker_knows_how_to_do_every_kind_of_job() -> None:
    assert jobs.DOES.keys() == set(JobKind)


def test_letters_are_made_public_by_a_worker(app: App, clock: FakeClock, means: Means) -> None:
    sent(app, clock, "OXO")
    with app.sessions.begin() as session:
        found = outlook(session, mailout_named(session, steps.NAME))
        job = order(session, steps.NAME, found.digest, replace(WORD, at=app.clock()))
    jobs.do_jobs(means)
    assert now(app, job).error is None
    assert (app.settings.public_folder / "index.html").is_file()
