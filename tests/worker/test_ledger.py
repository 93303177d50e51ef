from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from dispatch.app import App
from dispatch.db import entries, journal
from dispatch.domain.ledger import Event
from dispatch.sources import checkpoints
from dispatch.worker import ledger, tasks
from tests import steps
from tests.fakes import FakeClock


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
