from __future__ import annotations

import gc
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from celery import Task
from kombu.exceptions import OperationalError
from structlog.testing import capture_logs

from dispatch.app import App
from dispatch.worker import celery
from dispatch.worker.celery import TASKS, publish
from dispatch.worker.means import TaskName
from dispatch.worker.trouble import Troubles
from tests.journeys.services import environ


def test_importing_the_app_reads_no_setting(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import dispatch.worker.celery"],
        env=environ(DISPATCH_HOME=str(tmp_path / "home"), DISPATCH_WORKERS="many"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert not (tmp_path / "home").exists()


def test_every_task_has_its_work() -> None:
    assert TASKS.keys() == set(TaskName)


@pytest.mark.parametrize("error", [OperationalError, AttributeError])
def test_without_a_broker_a_wake_up_is_lost_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(celery, "TROUBLES", Troubles())
    monkeypatch.setattr(Task, "apply_async", fail)
    monkeypatch.setitem(celery.app.__dict__, "tasks", {TaskName.PULSE.value: Task()})
    with capture_logs() as logs:
        publish(TaskName.PULSE, 1)
        publish(TaskName.PULSE, 1)
    trouble, *each_time = logs
    assert trouble["what"] == "the broker does not answer"
    assert [line["event"] for line in each_time] == ["nobody could be woken"] * 2


def test_each_process_makes_its_own_means(monkeypatch: pytest.MonkeyPatch, app: App) -> None:
    monkeypatch.setattr(celery, "from_environment", lambda: replace(app))
    celery.means.cache_clear()
    first = celery.means()
    assert celery.means() is first
    threshold = gc.get_threshold()
    celery.forget()
    gc.unfreeze()
    gc.set_threshold(*threshold)
    assert celery.means() is not first
    celery.means.cache_clear()
