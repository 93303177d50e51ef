from __future__ import annotations

import shutil
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from kombu.connection import Connection
from kombu.exceptions import OperationalError
from pydantic import SecretStr

from dispatch.app import App
from dispatch.child import ISOLATED
from dispatch.domain.errors import BadInput
from dispatch.worker.celery import TASKS
from dispatch.worker.config import configuration, schedule
from dispatch.worker.means import TaskName
from tests.journeys.services import environ
from tests.mail.servers import CA_FILE, CERTS


def configured(app: App, redis_url: str, lease_seconds: int = 900) -> dict[str, Any]:
    """Return the settings of a worker that starts."""
    chosen = {"redis_url": SecretStr(redis_url), "workers": 7, "lease_seconds": lease_seconds}
    return configuration(replace(app, settings=app.settings.model_copy(update=chosen)))


def test_a_worker_without_a_broker_says_what_to_set(app: App) -> None:
    with pytest.raises(BadInput, match=r"DISPATCH_REDIS_URL is not set; `dispatch run`"):
        configured(app, "")


@pytest.mark.slow
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


def test_no_result_is_kept_and_no_queue_made_for_a_name_in_a_message(app: App) -> None:
    config = configured(app, "redis://localhost:6379/0")
    assert (config["result_backend"], config["task_compression"]) == (None, None)
    assert config["task_create_missing_queues"] is False


@pytest.mark.parametrize(
    "url",
    [
        "rediss://:s3cret@localhost:1/0?ssl_cert_reqs=none",
        "rediss://:s3cret@localhost:1/0?ssl_check_hostname=false",
        "redis://:s3cret@localhost:1/0?credential_provider=os.system",
        "redis://:s3cret@localhost:1/0;redis://elsewhere:1/0",
        f"redis://:s3cret@localhost:1/0?ca={CA_FILE}",
        "rediss://:s3cret@localhost:1/0?ca=/nowhere",
        "amqp://:s3cret@localhost:1//",
        "filesystem:///s3cret",
        "s3cret",
    ],
)
def test_a_broker_that_cannot_be_trusted_is_refused_without_its_password(
    app: App, url: str
) -> None:
    with pytest.raises(BadInput, match="the broker's URL") as refused:
        configured(app, url)
    assert "s3cret" not in str(refused.value)


@pytest.fixture
def secure_port(tmp_path: Path) -> Iterator[int]:
    """Lend the port of a Redis server that speaks TLS, as `localhost`, by a CA of our own."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("there is no redis-server here")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    options = {
        "port": "0",
        "tls-port": str(port),
        "bind": "127.0.0.1",
        "tls-cert-file": str(CERTS / "server.pem"),
        "tls-key-file": str(CERTS / "server.pem"),
        "tls-ca-cert-file": str(CA_FILE),
        "tls-auth-clients": "no",
        "dir": str(tmp_path),
        "save": "",
    }
    words = [word for name, value in options.items() for word in (f"--{name}", value)]
    with subprocess.Popen([program, *words], stdout=subprocess.PIPE, text=True) as server:  # noqa: S603 - Redis
        assert server.stdout
        if not any("Ready to accept connections" in line for line in server.stdout):
            pytest.skip("this redis-server has no TLS")
        yield port
        server.terminate()


@pytest.mark.slow
def test_a_broker_s_certificate_is_looked_at_unless_told_otherwise(
    app: App, secure_port: int
) -> None:
    def ask(url: str) -> object:
        config = configured(app, url)
        connect: Any = Connection
        with connect(config["broker_url"], ssl=config["broker_use_ssl"]) as connection:
            return connection.default_channel.client.ping()

    assert ask(f"rediss://localhost:{secure_port}/0?ca={CA_FILE}") is True
    for url in (
        f"rediss://localhost:{secure_port}/0",  # by an authority that nobody knows
        f"rediss://127.0.0.1:{secure_port}/0?ca={CA_FILE}",  # by another name
    ):
        with pytest.raises(OperationalError, match="CERTIFICATE_VERIFY_FAILED"):
            ask(url)


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
