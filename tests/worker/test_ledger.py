from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from celery import Task
from structlog.testing import capture_logs

from dispatch.app import App
from dispatch.domain.ledger import Event
from dispatch.domain.reply import Outcome, Verdict
from dispatch.files import checkpoints
from dispatch.ledger import journal
from dispatch.proof.store import entries
from dispatch.worker import ledger, tasks
from tests import steps
from tests.fakes import FakeClock, FakeTransport


@pytest.fixture(autouse=True)
def clockwork(app: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> App:
    app.settings.home.mkdir()
    settings = app.settings.model_copy(update={"checkpoints": tmp_path / "kept"})
    kept = replace(app, settings=settings)
    monkeypatch.setattr(tasks, "app", lambda: kept)
    return kept


def unsealed(app: App) -> int:
    with app.sessions.read() as session:
        return len(entries.unsealed(session, 1000))


def test_the_clock_seals_what_has_happened(app: App, clock: FakeClock) -> None:
    ledger.seal_events()
    steps.released(app, clock)
    assert unsealed(app)
    ledger.seal_events()
    assert unsealed(app) == 0


def test_one_look_seals_many_batches_but_has_an_end(app: App, clock: FakeClock) -> None:
    event = Event(clock(), "sam", "mailout.noted", "mailout:a")
    with app.sessions.begin() as session:
        journal.append_all(session, [event] * 10)
    ledger.seal_for(app, 0, limit=2)
    assert unsealed(app) == 8
    ledger.seal_for(app, 60, limit=2)
    assert unsealed(app) == 0


def test_the_clock_keeps_checkpoints_where_it_is_told_to(
    app: App, clockwork: App, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = clockwork.settings.checkpoints
    assert folder
    steps.planned(app)
    with app.sessions.begin() as session:
        journal.append(session, Event(clock(), "sam", "authority.changed", "authority:OXO"))
    ledger.seal_events()
    ledger.keep_checkpoint()
    ledger.keep_checkpoint()
    assert len(checkpoints.files(folder)) == 1
    monkeypatch.setattr(tasks, "app", lambda: app)
    clock.advance(hours=2)
    ledger.keep_checkpoint()
    assert len(checkpoints.files(folder)) == 1


@pytest.fixture
def woken(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The wake-ups that were published, by the names of their tasks; none is delivered."""
    published: list[str] = []

    def publish(task: Task, **options: object) -> None:
        assert options == {"expires": ledger.LOOK_SECONDS}
        published.append(task.name)

    monkeypatch.setattr(Task, "apply_async", publish)
    return published


def with_witnesses(app: App, monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    settings = app.settings.model_copy(update={"witnesses": addresses})
    changed = replace(app, settings=settings)
    monkeypatch.setattr(tasks, "app", lambda: changed)


def noted(app: App) -> None:
    with app.sessions.begin() as session:
        journal.append(session, Event(app.clock(), "sam", "mailout.noted", "mailout:a"))
    ledger.seal_events()


def test_a_worker_mails_how_far_the_ledger_goes_to_the_witnesses_once_a_day(
    app: App,
    clock: FakeClock,
    transport: FakeTransport,
    woken: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with_witnesses(app, monkeypatch, "auditor@audit.example")
    ledger.look_for_witnesses()
    assert woken == []
    noted(app)
    ledger.look_for_witnesses()
    assert woken == ["dispatch.mail_checkpoint"]
    assert transport.sent == []
    with capture_logs() as logs:
        ledger.mail_checkpoint()
        ledger.mail_checkpoint()
    assert logs == [{"event": "checkpoint mailed", "log_level": "info", "accepted": 1}]
    assert [envelope.rcpt_to for envelope, _ in transport.sent] == ["auditor@audit.example"]
    clock.advance(days=1)
    noted(app)
    transport.trouble = Outcome(Verdict.DEFERRED, trouble="auditor@audit.example is not known")
    with capture_logs() as logs:
        ledger.mail_checkpoint()
    assert logs == [{"event": "checkpoint mailed", "log_level": "warning", "deferred": 1}]


def test_without_witnesses_nothing_is_mailed(
    app: App, transport: FakeTransport, woken: list[str]
) -> None:
    noted(app)
    ledger.look_for_witnesses()
    ledger.mail_checkpoint()
    assert woken == []
    assert transport.sent == []
    with app.sessions.read() as session:
        assert len(journal.events(session)) == 1
