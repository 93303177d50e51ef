from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from dispatch.app import App
from dispatch.child import ISOLATED
from dispatch.domain.errors import BadInput
from dispatch.worker.celery import TASKS
from dispatch.worker.config import configuration, schedule
from dispatch.worker.means import TaskName
from tests.journeys.services import environ


def configured(app: App, redis_url: str, lease_seconds: int = 900) -> dict[str, Any]:
    """Return the settings of a worker that starts."""
    chosen = {"redis_url": SecretStr(redis_url), "workers": 7, "lease_seconds": lease_seconds}
    return configuration(replace(app, settings=app.settings.model_copy(update=chosen)))


def test_a_worker_without_a_broker_says_what_to_set(app: App) -> None:
    with pytest.raises(BadInput, match=r"DISPATCH_REDIS_URL is not set; `dispatch run`"):
        configured(app, "")


@pytest.mark.parametrize(
    ("name", "value"), [("DISPATCH_REDIS_URL", ""), ("DISPATCH_WORKERS", "many")]
)
def test_a_worker_that_cannot_start_says_why_without_a_traceback(
    tmp_path: Path, name: str, value: str
) -> None:
    (tmp_path / "structlog.py").write_text('raise SystemExit("not a module of ours")')
    result = subprocess.run(  # noqa: S603 - ourselves
        [*ISOLATED, "dispatch.worker", "worker"],
        env=environ(DISPATCH_HOME=str(tmp_path), **{name: value}),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert name in result.stderr
    assert "not a module of ours" not in result.stderr
    assert "Traceback" not in result.stderr


def test_a_worker_is_what_the_settings_say(app: App) -> None:
    config = configured(app, "redis://localhost:6379/0")
    assert (config["broker_url"], config["worker_concurrency"]) == ("redis://localhost:6379/0", 7)


def test_the_broker_can_do_no_more_than_wake_a_worker(app: App) -> None:
    config = configured(app, "redis://localhost:6379/0")
    assert config["worker_enable_remote_control"] is False
    assert config["accept_content"] == ["json"]


def test_no_message_is_redelivered_while_its_task_runs(app: App) -> None:
    config = configured(app, "redis://localhost:6379/0")
    transport = config["broker_transport_options"]
    assert transport["visibility_timeout"] > config["task_time_limit"]


@pytest.mark.parametrize("lease_seconds", [5, 900, 86_400])
def test_a_task_has_time_for_half_a_lease_and_the_servers_last_reply(
    app: App, lease_seconds: int
) -> None:
    config = configured(app, "redis://localhost:6379/0", lease_seconds)
    assert config["task_soft_time_limit"] > lease_seconds / 2 + 600
    assert config["task_time_limit"] > config["task_soft_time_limit"]
    assert config["broker_transport_options"]["visibility_timeout"] > config["task_time_limit"]


def test_postboxes_are_looked_into_as_often_as_the_settings_say(app: App) -> None:
    assert schedule(app)[TaskName.LOOK_FOR_MAIL] == 60.0


def test_every_task_that_the_clock_runs_is_there(app: App) -> None:
    config = configured(app, "redis://localhost:6379/0")
    run = {TaskName(entry["task"]) for entry in config["beat_schedule"].values()}
    assert run == schedule(app).keys()
    assert run <= TASKS.keys()
