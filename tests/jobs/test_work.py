from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from dispatch.app import App
from dispatch.database import DatabaseTrouble
from dispatch.database.tables import JobRow
from dispatch.domain.errors import RuleBroken
from dispatch.domain.jobs.job import KEPT_WAITING, MOST_TRIES, Job, JobKind, JobState, Result
from dispatch.jobs import orders, work
from dispatch.jobs.work import LEASE, Lost, Progress
from tests.factories import a_word
from tests.fakes import FakeClock
from tests.jobs.test_orders import asked, changed, last


def done(app: App, does: Callable[[Job, Progress], Result]) -> work.Ended | None:
    return work.do_one(app.sessions, app.clock, lambda kind: does)


def nothing(job: Job, progress: Progress) -> Result:
    return {"of": job.subject}


def test_a_worker_does_what_was_asked_for_and_keeps_the_result(app: App) -> None:
    asked(app, digest="abc")
    seen: list[Job] = []

    def does(job: Job, progress: Progress) -> Result:
        seen.append(job)
        assert list(progress.over(["a", "b"], 2)) == ["a", "b"]
        assert last(app).state is JobState.RUNNING
        return {"files": 3, "wrong": ["a line"]}

    ended = done(app, does)
    job = last(app)
    assert ended is not None
    assert ended.job == job
    assert (job.state, job.result) == (JobState.DONE, {"files": 3, "wrong": ["a line"]})
    assert (job.done, job.of, job.is_open) == (2, 2, False)
    assert seen[0].terms == {"digest": "abc"}
    assert seen[0].word(app.clock()) == a_word(app.clock())
    assert done(app, does) is None


def test_the_one_that_has_waited_longest_is_first(app: App, clock: FakeClock) -> None:
    for subject in ("b", "a", "c"):
        asked(app, subject)
        clock.advance(seconds=1)
    order = [done(app, nothing), done(app, nothing), done(app, nothing)]
    assert [each.job.subject for each in order if each] == ["b", "a", "c"]


def refuse(job: Job, progress: Progress) -> Result:
    raise RuleBroken("these letters are not accessible as they are")


def fail(job: Job, progress: Progress) -> Result:
    raise ZeroDivisionError


@pytest.mark.parametrize(
    ("does", "words", "is_fault"),
    [(refuse, "not accessible as they are", False), (fail, "the log of the workers", True)],
)
def test_what_goes_wrong_ends_a_job_in_words(
    app: App, does: Callable[[Job, Progress], Result], words: str, is_fault: bool
) -> None:
    asked(app)
    ended = done(app, does)
    assert ended is not None
    assert (ended.fault is not None) is is_fault
    assert last(app).state is JobState.FAILED
    assert words in (last(app).error or "")


def test_a_database_that_does_not_answer_leaves_the_job_for_another_try(
    app: App, clock: FakeClock
) -> None:
    asked(app)

    def does(job: Job, progress: Progress) -> Result:
        raise DatabaseTrouble("", {}, ValueError("away"))

    with pytest.raises(DatabaseTrouble):
        done(app, does)
    assert last(app).state is JobState.RUNNING
    clock.advance(seconds=LEASE.total_seconds())
    assert done(app, nothing)
    assert last(app).state is JobState.DONE


def test_a_job_of_a_dead_worker_is_taken_up_and_the_late_one_records_nothing(
    app: App, clock: FakeClock
) -> None:
    asked(app)

    def late(job: Job, progress: Progress) -> Result:
        clock.advance(seconds=LEASE.total_seconds())
        with app.sessions.read() as session:
            assert work.is_due(session, now=clock())
        assert done(app, nothing)
        return {"of": "the late one"}

    ended = done(app, late)
    assert ended is not None
    assert last(app).result == {"of": "annual"}

    def held_up(job: Job, progress: Progress) -> Result:
        clock.advance(seconds=LEASE.total_seconds())
        done(app, nothing)
        with pytest.raises(Lost):
            progress(1, 1)
        progress(1, 1)
        raise AssertionError

    asked(app, "b")
    assert done(app, held_up) is not None
    assert last(app, "b").result == {"of": "b"}


def test_progress_renews_the_lease_and_is_not_written_for_every_step(
    app: App, clock: FakeClock
) -> None:
    asked(app)

    def does(job: Job, progress: Progress) -> Result:
        progress(0, 5)
        clock.advance(seconds=LEASE.total_seconds() - 1)
        progress(1, 5)
        assert last(app).done == 0
        progress(5, 5)
        clock.advance(seconds=LEASE.total_seconds() - 1)
        with app.sessions.read() as session:
            assert not work.is_due(session, now=clock())
        return {}

    done(app, does)
    assert last(app).state is JobState.DONE


def test_a_job_that_ends_its_workers_is_given_up(app: App, clock: FakeClock) -> None:
    asked(app)

    def dies(job: Job, progress: Progress) -> Result:
        raise KeyboardInterrupt

    for _ in range(MOST_TRIES):
        with pytest.raises(KeyboardInterrupt):
            done(app, dies)
        clock.advance(seconds=LEASE.total_seconds())
    done(app, nothing)
    assert "it ended the worker that did it" in (last(app).error or "")


def test_an_order_that_nobody_took_up_for_a_day_does_not_count(app: App, clock: FakeClock) -> None:
    asked(app)
    clock.advance(seconds=(KEPT_WAITING + timedelta(seconds=1)).total_seconds())
    done(app, nothing)
    assert "ask for it again" in (last(app).error or "")


@pytest.mark.parametrize(
    "values", [{"person": "Priya"}, {"subject": "another"}, {"terms": {"digest": "x"}}, {"mac": ""}]
)
def test_an_order_that_somebody_wrote_into_the_database_is_not_carried_out(
    app: App, values: dict[str, Any]
) -> None:
    id_ = asked(app).id
    changed(app, **values)

    def never(job: Job, progress: Progress) -> Result:
        raise AssertionError

    done(app, never)
    with app.sessions.read() as session:
        job = orders.found(session, id_)
    assert (job.state, job.error) == (JobState.FAILED, orders.NOT_OURS)


def test_every_kind_has_a_lease_that_is_not_shorter_than_the_usual_one() -> None:
    assert all(each >= LEASE for each in work.LEASES.values())
    assert set(work.LEASES) <= set(JobKind)


def test_ended_jobs_are_not_due(app: App) -> None:
    asked(app)
    done(app, nothing)
    with app.sessions.begin() as session:
        assert not work.is_due(session, now=app.clock())
        session.execute(update(JobRow).values(ended_at=None))
        assert work.is_due(session, now=app.clock())
