from __future__ import annotations

import importlib
import sys
from dataclasses import replace
from types import ModuleType

import pytest

from dispatch.app import App
from dispatch.domain.errors import BadInput
from dispatch.worker import tasks


def configured(app: App, monkeypatch: pytest.MonkeyPatch, redis_url: str) -> ModuleType:
    """Import the configuration afresh, as a worker does that starts."""
    settings = app.settings.model_copy(update={"redis_url": redis_url, "workers": 7})
    monkeypatch.setattr(tasks, "app", lambda: replace(app, settings=settings))
    monkeypatch.delitem(sys.modules, "dispatch.worker.config", raising=False)
    return importlib.import_module("dispatch.worker.config")


def test_a_worker_without_a_broker_says_what_to_set(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(BadInput, match=r"DISPATCH_REDIS_URL is not set; `dispatch run`"):
        configured(app, monkeypatch, "")


def test_a_worker_is_what_the_settings_say(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    config = configured(app, monkeypatch, "redis://localhost:6379/0")
    assert (config.broker_url, config.worker_concurrency) == ("redis://localhost:6379/0", 7)


def test_a_wake_up_outlives_no_more_than_a_few_ticks(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = configured(app, monkeypatch, "redis://localhost:6379/0")
    tick = config.beat_schedule["tick"]
    assert tick["options"]["expires"] <= 5 * tick["schedule"]
    transport = config.broker_transport_options
    assert transport["visibility_timeout"] > config.task_time_limit
