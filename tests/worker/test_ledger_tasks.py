from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, select
from structlog.testing import capture_logs

from dispatch.app import App
from dispatch.database.tables import AuditSearch
from dispatch.domain.proof.ledger import Event
from dispatch.domain.reply import Outcome, Verdict
from dispatch.files import checkpoints
from dispatch.ledger import journal
from dispatch.proof.store import entries, searches
from dispatch.proof.store.filters import Filters
from dispatch.worker import ledger_tasks
from dispatch.worker.means import Means, TaskName
from tests import steps
from tests.conftest import KEY
from tests.factories import a_word
from tests.fakes import FakeClock, FakeTransport


@pytest.fixture
def woken() -> list[str]:
    """The wake-ups that were published, by the names of their tasks; none is delivered."""
    return []


@pytest.fixture
def means(app: App, woken: list[str]) -> Means:
    def publish(task: TaskName, workers: int) -> None:
        woken.extend([task.value] * workers)

    app.settings.home.mkdir()
    return Means(app, publish)


def with_settings(means: Means, **changes: object) -> Means:
    settings = means.app.settings.model_copy(update=changes)
    return replace(means, app=replace(means.app, settings=settings))


def unsealed(app: App) -> int:
    with app.sessions.read() as session:
        return len(entries.waiting(session, KEY, 1000))


def test_the_clock_seals_what_has_happened(app: App, clock: FakeClock, means: Means) -> None:
    ledger_tasks.seal_events(means)
    steps.released(app, clock)
    assert unsealed(app)
    ledger_tasks.seal_events(means)
    assert unsealed(app) == 0


def test_one_look_seals_many_batches_but_has_an_end(app: App, clock: FakeClock) -> None:
    event = Event(clock(), "sam", "mailout.replanned", "mailout:a")
    with app.sessions.begin() as session:
        journal.append_all(session, [event] * 10)
    ledger_tasks.seal_for(app, 0, limit=2)
    assert unsealed(app) == 8
    ledger_tasks.seal_for(app, 60, limit=2)
    assert unsealed(app) == 0


def test_the_clock_keeps_checkpoints_where_it_is_told_to(
    app: App, means: Means, clock: FakeClock, tmp_path: Path
) -> None:
    folder = tmp_path / "kept"
    keeping = with_settings(means, checkpoints=folder)
    steps.planned(app)
    with app.sessions.begin() as session:
        journal.append(session, Event(clock(), "sam", "authority.changed", "authority:OXO"))
    ledger_tasks.seal_events(means)
    ledger_tasks.keep_checkpoint(keeping)
    ledger_tasks.keep_checkpoint(keeping)
    assert len(checkpoints.files(folder)) == 1
    clock.advance(hours=2)
    ledger_tasks.keep_checkpoint(means)
    assert len(checkpoints.files(folder)) == 1


def noted(app: App, means: Means) -> None:
    with app.sessions.begin() as session:
        journal.append(session, Event(app.clock(), "sam", "mailout.replanned", "mailout:a"))
    ledger_tasks.seal_events(means)


def test_a_worker_mails_how_far_the_ledger_goes_to_the_witnesses_once_a_day(
    app: App,
    clock: FakeClock,
    transport: FakeTransport,
    woken: list[str],
    means: Means,
) -> None:
    means = with_settings(means, witnesses=("auditor@audit.example",))
    ledger_tasks.look_for_witnesses(means)
    assert woken == []
    noted(app, means)
    ledger_tasks.look_for_witnesses(means)
    assert woken == ["dispatch.mail_checkpoint"]
    assert transport.sent == []
    with capture_logs() as logs:
        ledger_tasks.mail_checkpoint(means)
        ledger_tasks.mail_checkpoint(means)
    assert logs == [{"event": "checkpoint mailed", "log_level": "info", "accepted": 1}]
    assert [envelope.rcpt_to for envelope, _ in transport.sent] == ["auditor@audit.example"]
    clock.advance(days=1)
    noted(app, means)
    transport.trouble = Outcome(Verdict.DEFERRED, trouble="auditor@audit.example is not known")
    with capture_logs() as logs:
        ledger_tasks.mail_checkpoint(means)
    assert logs == [{"event": "checkpoint mailed", "log_level": "warning", "deferred": 1}]


def test_without_witnesses_nothing_is_mailed(
    app: App, transport: FakeTransport, woken: list[str], means: Means
) -> None:
    noted(app, means)
    ledger_tasks.look_for_witnesses(means)
    ledger_tasks.mail_checkpoint(means)
    assert woken == []
    assert transport.sent == []
    with app.sessions.read() as session:
        assert len(journal.events(session)) == 1


def test_the_clock_deletes_what_was_looked_for_more_than_a_day_ago(
    app: App, clock: FakeClock, means: Means
) -> None:
    def kept() -> int:
        with app.sessions.read() as session:
            return session.scalar(select(func.count()).select_from(AuditSearch)) or 0

    with app.sessions.begin() as session:
        searches.keep(session, Filters(person="Achebe"), a_word(clock()))
    clock.advance(hours=23)
    ledger_tasks.forget_searches(means)
    assert kept() == 1
    clock.advance(hours=2)
    ledger_tasks.forget_searches(means)
    assert kept() == 0
