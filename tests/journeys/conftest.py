from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from dispatch.app import App, from_environ
from dispatch.embedded.broker import Broker
from dispatch.mail.catcher import Catcher
from tests.journeys.services import environ

REDIS = os.environ.get("DISPATCH_TEST_REDIS_URL", "")
"""A Redis server to test against, whose databases may be emptied; the embedded one without it."""


@pytest.fixture
def broker_url(tmp_path: Path) -> Iterator[str]:
    """The URL of an empty broker that no other test uses at the same time."""
    if not REDIS:
        broker = Broker(tmp_path / "broker")
        broker.start()
        yield broker.url
        broker.stop()
        return
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    url = f"{REDIS.rpartition('/')[0]}/{worker + 1}"
    with redis.Redis.from_url(url) as client:
        client.flushdb()
        yield url


@pytest.fixture
def catcher(tmp_path: Path) -> Iterator[Catcher]:
    with Catcher(tmp_path / "mail", slow_by=0.1) as catching:
        yield catching


@pytest.fixture
def arrangement(
    tmp_path: Path, database_url: str, broker_url: str, catcher: Catcher
) -> dict[str, str]:
    """The settings of a service whose servers are all elsewhere."""
    return {
        "DISPATCH_HOME": str(tmp_path / "home"),
        "DISPATCH_DATABASE_URL": database_url,
        "DISPATCH_REDIS_URL": broker_url,
        "DISPATCH_SMTP_URL": f"smtp://127.0.0.1:{catcher.port}",
        "DISPATCH_RATE": "unlimited",
        "DISPATCH_RETRY_WAITS": "1 2",
    }


@pytest.fixture
def service(arrangement: dict[str, str]) -> Iterator[App]:
    """An app on the same servers, for the test to look and act through."""
    app = from_environ(environ(**arrangement))
    yield app
    app.sessions.dispose()
