from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from celery.worker import consumer as celery

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
