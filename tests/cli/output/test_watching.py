from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from types import SimpleNamespace

import pytest

from dispatch.app import App
from dispatch.cli.output import watching
from dispatch.domain.tracking.looks import LONGEST_SECONDS
from dispatch.tracking.store import heartbeats


def a_time(monkeypatch: pytest.MonkeyPatch, *moments: float) -> list[float]:
    """Have it look at these moments, and return for how long it sleeps between."""
    slept: list[float] = []
    left = iter(moments)
    made = SimpleNamespace(sleep=slept.append, monotonic=lambda: next(left, 0.0))
    monkeypatch.setattr(watching, "time", made)
    return slept


def test_it_waits_the_longer_the_longer_a_look_took_but_not_for_ever(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept = a_time(monkeypatch, 0.0, 0.001, 10.0, 10.1, 20.0, 29.0)
    with closing(watching.looks(app.sessions)) as looks:
        for _ in range(4):
            next(looks)
    assert slept == [watching.LOOK_SECONDS, pytest.approx(15.0), LONGEST_SECONDS]


def test_a_look_says_that_something_may_have_changed(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_time(monkeypatch)
    with closing(watching.looks(app.sessions)) as looks:
        assert next(looks)
        with app.sessions.begin() as session:
            heartbeats.beat(session, "clock", "clock@here", app.clock(), timedelta(0))
        assert next(looks)
