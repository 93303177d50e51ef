from __future__ import annotations

import pytest
from sqlalchemy import update

from dispatch.app import App
from dispatch.database.tables import DocumentCheck
from dispatch.domain.jobs.job import Job, JobKind
from dispatch.jobs import orders
from dispatch.letters import accessibility
from dispatch.letters.accessibility import State
from dispatch.mailouts.store import mailout_named
from tests import steps


def check_all(app: App) -> list[tuple[int, int]]:
    """Check the PDFs; return how far it was said to be."""
    far: list[tuple[int, int]] = []
    accessibility.check_all(
        app.sessions, steps.NAME, app.clock, lambda done, of: far.append((done, of))
    )
    return far


def state(app: App) -> State:
    with app.sessions.read() as session:
        return accessibility.state(session, mailout_named(session, steps.NAME))


def test_each_pdf_is_checked_once_and_the_result_is_kept(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps.rendered(app, "OXO", "ADU")
    assert state(app) == State(2, 0, ())
    assert check_all(app) == [(0, 2), (2, 2)]
    assert state(app) == State(2, 2, ())
    monkeypatch.setattr(accessibility, "conformance", pytest.fail)
    assert check_all(app) == [(2, 2)]


def test_what_is_wrong_with_a_pdf_is_kept_with_its_letter(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps.rendered(app)
    monkeypatch.setattr(accessibility, "conformance", lambda _: ["7.1-8: no title"])
    check_all(app)
    assert state(app) == State(1, 1, ("OXO: 7.1-8: no title",))


def test_who_approves_and_a_worker_share_the_check_and_none_is_checked_twice(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps.rendered(app, "OXO", "ADU", "BRX")
    monkeypatch.setattr(accessibility, "BATCH", 1)
    checked: list[bytes] = []

    def conformance(pdf: bytes) -> list[str]:
        checked.append(pdf)
        return [f"7.1-8: {len(checked)}"]

    monkeypatch.setattr(accessibility, "conformance", conformance)
    with app.sessions.read() as session:
        pdfs = accessibility.pdfs_of(session, mailout_named(session, steps.NAME))
    approving = accessibility.failures(app.sessions, pdfs, app.clock)
    assert next(approving) == ["OXO: 7.1-8: 1"]
    assert check_all(app) == [(1, 3), (2, 3), (3, 3)]
    assert [*approving] == [["BRX: 7.1-8: 3"], ["ADU: 7.1-8: 2"]]
    assert len(set(checked)) == len(checked) == 3


@pytest.mark.parametrize("change", [{"failures": []}, {"checker": "another"}, {"mac": "0"}])
def test_what_our_own_checker_did_not_find_is_not_known(
    app: App, monkeypatch: pytest.MonkeyPatch, change: dict[str, object]
) -> None:
    steps.rendered(app)
    monkeypatch.setattr(accessibility, "conformance", lambda _: ["7.1-8: no title"])
    check_all(app)
    with app.sessions.begin() as session:
        session.execute(update(DocumentCheck).values(**change))
    assert state(app) == State(1, 0, ())
    check_all(app)
    assert state(app).failures


def test_a_worker_is_asked_on_the_word_of_who_had_the_letters_made(app: App) -> None:
    steps.rendered(app)
    for _ in range(2):
        with app.sessions.begin() as session:
            assert accessibility.ask(session, steps.NAME, now=app.clock())
    with app.sessions.read() as session:
        job = orders.last(session, JobKind.CHECK_PDFS, steps.NAME)
    assert isinstance(job, Job)
    assert (job.person, job.is_open) == ("sam", True)
