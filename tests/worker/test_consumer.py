from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from celery.worker import consumer as celery
from celery.worker import state

from dispatch.worker.consumer import Consumer


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was done, with Celery's own part in place of what it would do."""
    done: list[str] = []
    base = celery.Consumer
    monkeypatch.setattr(
        base, "on_connection_error_after_connected", lambda *_: done.append("celery's part")
    )
    return done


def consumer(connection: Any, task_consumer: Any) -> Consumer:
    made = Consumer.__new__(Consumer)
    made.connection, made.task_consumer = connection, task_consumer
    made._was_stuck = False  # noqa: SLF001 - as a new one's
    return made


def test_a_lost_connection_is_left_with_its_channel_closed(said: list[str]) -> None:
    """Twice, since the first call only ends its wait for a message."""
    connection = SimpleNamespace(maybe_close_channel=said.append)
    lost = consumer(connection, SimpleNamespace(channel="close"))
    lost.on_connection_error_after_connected(ConnectionError())
    assert said == ["close", "close", "celery's part"]


def test_a_connection_that_never_came_about_is_no_trouble(said: list[str]) -> None:
    consumer(None, None).on_connection_error_after_connected(OSError())
    assert said == ["celery's part"]


@dataclass
class Hub:
    """An event loop of which the test lets the time pass."""

    repeated: list[Callable[[], None]] = field(default_factory=list)

    def call_repeatedly(self, _: float, call: Callable[[], None]) -> None:
        self.repeated.append(call)


def looking(monkeypatch: pytest.MonkeyPatch, *, is_full: bool) -> Callable[[], None]:
    """Return what a consumer does now and then whose channel holds all it may, or not."""
    monkeypatch.setattr(celery.Consumer, "register_with_event_loop", lambda *_: None)
    qos = SimpleNamespace(can_consume=lambda: not is_full)
    made = consumer(None, SimpleNamespace(channel=SimpleNamespace(qos=qos)))
    made.connection_errors = (ConnectionError,)
    hub = Hub()
    made.register_with_event_loop(hub)
    return hub.repeated[0]


def test_a_worker_that_holds_only_what_is_done_connects_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    look = looking(monkeypatch, is_full=True)
    look()
    with pytest.raises(ConnectionError, match="was not told"):
        look()


@pytest.mark.parametrize(("is_full", "at_work"), [(False, []), (True, ["a task"])])
def test_a_worker_that_waits_or_works_stays_connected(
    monkeypatch: pytest.MonkeyPatch, at_work: list[str], *, is_full: bool
) -> None:
    monkeypatch.setattr(state, "reserved_requests", at_work)
    look = looking(monkeypatch, is_full=is_full)
    for _ in range(3):
        look()
