from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import update

from dispatch.app import App
from dispatch.database.tables import JobRow
from dispatch.domain.errors import NotFound, RuleBroken
from dispatch.domain.jobs.job import Job, JobKind, JobState
from dispatch.jobs import orders, work
from tests.factories import a_word
from tests.fakes import FakeClock


def asked(app: App, subject: str = "annual", person: str = "sam", **terms: str) -> Job:
    with app.sessions.begin() as session:
        word = a_word(app.clock(), person)
        return orders.ask(session, JobKind.UPLOAD, subject, word, **terms)


def last(app: App, subject: str = "annual") -> Job:
    with app.sessions.read() as session:
        found = orders.last(session, JobKind.UPLOAD, subject)
    assert found is not None
    return found


def changed(app: App, **values: Any) -> None:
    """Change what is stored behind the back of the program."""
    with app.sessions.begin() as session:
        session.execute(update(JobRow).values(**values))


def test_a_job_waits_with_whoever_asked_and_what_was_agreed_to(app: App) -> None:
    job = asked(app, digest="abc")
    assert (job.state, job.is_open, job.error) == (JobState.WAITING, True, None)
    assert (job.kind, job.subject, job.terms) == (JobKind.UPLOAD, "annual", {"digest": "abc"})
    assert (job.person, job.asked_at) == ("sam", app.clock())
    assert last(app) == job


def test_asking_twice_on_the_same_terms_asks_once(app: App) -> None:
    first = asked(app, digest="abc")
    assert asked(app, digest="abc", person="alex").id == first.id
    with pytest.raises(RuleBroken, match="sam has asked for the same already"):
        asked(app, digest="other")
    assert asked(app, "another", digest="other").id != first.id


def test_once_it_has_ended_the_same_can_be_asked_for_again(app: App, clock: FakeClock) -> None:
    first = asked(app)
    work.do_one(app.sessions, app.clock, lambda kind: lambda job, progress: {})
    clock.advance(seconds=1)
    assert asked(app, digest="other").id != first.id
    assert last(app).terms == {"digest": "other"}


def test_what_was_never_asked_for_is_not_there(app: App) -> None:
    with app.sessions.read() as session:
        assert orders.last(session, JobKind.UPLOAD, "annual") is None
        with pytest.raises(NotFound):
            orders.found(session, uuid4())


@pytest.mark.parametrize(
    "values", [{"result": {"wrong": []}}, {"error": None}, {"result_mac": None}, {"because": "x"}]
)
def test_a_result_that_somebody_wrote_into_the_database_does_not_count(
    app: App, values: dict[str, Any]
) -> None:
    asked(app)

    def fails(job: Job, progress: work.Progress) -> Any:
        raise RuleBroken("346 letters are not accessible")

    work.do_one(app.sessions, app.clock, lambda kind: fails)
    changed(app, **values)
    assert (last(app).state, last(app).result) == (JobState.FAILED, None)
    assert last(app).error == orders.NOT_OURS
