from __future__ import annotations

import errno
import logging
from collections.abc import MutableMapping
from typing import Any

import pytest
from kombu.exceptions import OperationalError
from structlog.testing import capture_logs

from dispatch.domain.errors import Unavailable
from dispatch.worker.trouble import HOUR_SECONDS, Seldom, Troubles


class Stopwatch:
    """A monotonic clock that is told to move."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def failing(error: Exception) -> Any:
    def work() -> None:
        raise error

    return work


def said(logs: list[MutableMapping[str, Any]]) -> list[str]:
    return [line["event"] for line in logs]


@pytest.mark.parametrize(
    ("error", "what"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "the disk cannot be written to"),
        (OperationalError("Connection refused"), "the broker does not answer"),
        (Unavailable("no answer from <office@council.example>"), "tick cannot be done"),
    ],
)
def test_trouble_that_lasts_is_told_as_it_begins_once_an_hour_and_as_it_ends(
    error: Exception, what: str
) -> None:
    watch = Stopwatch()
    troubles = Troubles(watch)
    with capture_logs() as logs:
        for _ in range(2 * int(HOUR_SECONDS)):
            troubles.run("tick", failing(error))
            watch.now += 1
        troubles.run("tick", lambda: None)
        troubles.run("tick", lambda: None)
    assert said(logs) == ["trouble begins", "trouble goes on", "trouble is over"]
    assert {line["what"] for line in logs} == {what}
    assert logs[0]["exc_info"] is None
    assert (logs[-1]["seconds"], logs[-1]["times"]) == (7200, 7200)
    assert "@" not in str(logs)


def test_trouble_of_several_tasks_is_one_and_ends_when_all_succeed() -> None:
    troubles = Troubles(Stopwatch())
    full = failing(OSError(errno.ENOSPC, "No space left on device"))
    with capture_logs() as logs:
        troubles.run("tick", full)
        troubles.run("seal", full)
        troubles.run("tick", lambda: None)
        troubles.run("look", lambda: None)
        assert said(logs) == ["trouble begins"]
        troubles.run("seal", lambda: None)
    assert said(logs) == ["trouble begins", "trouble is over"]


def test_an_error_that_nobody_expected_is_told_with_its_traceback_once() -> None:
    troubles = Troubles(Stopwatch())
    error = ValueError("what?")
    with capture_logs() as logs:
        troubles.run("tick", failing(error))
        troubles.run("tick", failing(error))
    [line] = logs
    assert line["exc_info"] is error
    assert line["what"] == "tick failed"


def test_what_celery_repeats_is_let_through_once_an_hour() -> None:
    watch = Stopwatch()
    seldom = Seldom(watch)

    def passes(name: str, message: str = "Cannot connect to %s") -> bool:
        record = logging.LogRecord(name, logging.ERROR, "", 0, message, ("it",), None)
        return seldom.filter(record)

    consumer = "celery.worker.consumer.consumer"
    assert [passes(consumer), passes(consumer), passes(consumer, "lost")] == [True, False, True]
    assert [passes("dispatch.worker"), passes("dispatch.worker")] == [True, True]
    watch.now += HOUR_SECONDS
    assert passes(consumer)
