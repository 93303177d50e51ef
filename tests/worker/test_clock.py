from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from dispatch.worker.clock import Clock

ENTRY = SimpleNamespace(task="tick")


def clock_of(tick: Callable[[], None]) -> Clock:
    """A clock of an app that has one task; a second Celery app would disturb the first."""
    clock = Clock.__new__(Clock)
    clock.app = SimpleNamespace(tasks={"tick": tick})
    return clock


def test_the_clock_ticks_by_itself_and_needs_no_broker() -> None:
    ticks: list[int] = []
    clock = clock_of(lambda: ticks.append(1))
    clock.apply_entry(ENTRY, producer=clock.producer)
    assert (ticks, clock.producer) == ([1], None)


def test_a_tick_that_fails_is_logged_and_the_clock_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    logged: list[Any] = []
    monkeypatch.setattr(
        "dispatch.worker.clock.logger.exception", lambda *_, **why: logged.append(why)
    )

    def fail() -> None:
        raise PermissionError("the disk")

    clock_of(fail).apply_entry(ENTRY)
    assert logged == [{"task": "tick"}]
