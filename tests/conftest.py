"""The parts that tests share: a real database, a clock and a mail server that are made up."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from sqlalchemy import Engine, create_engine

from dispatch.app import App
from dispatch.database import Sessions, connect, engine, schema
from dispatch.documents import Templates
from dispatch.domain.sending.envelope import Sender
from dispatch.settings import Settings
from dispatch.tracking.timekeeping import Timekeeper
from tests import databases
from tests.databases import POSTGRESQL
from tests.fakes import FakeClock, FakeTransport

ROOT = Path(__file__).parents[1]
KEY: Final = b"a key for tests only"
"""What return paths and events are signed with."""


hypothesis_settings.register_profile(
    "any machine",
    deadline=None,  # no test may depend on how fast the machine is
    suppress_health_check=[HealthCheck.too_slow],
)
hypothesis_settings.register_profile(
    "quick", parent=hypothesis_settings.get_profile("any machine"), max_examples=20
)
hypothesis_settings.load_profile("any machine")

MEMORY: Final = Path("/dev/shm")  # noqa: S108 - pytest makes a folder of our own in it
ENOUGH: Final = 3_000_000_000
"""Bytes that must be free in memory before the files of tests lie there."""


def pytest_configure() -> None:
    """Have the files of tests lie in memory, where each commit of SQLite waits for no disk."""
    if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ENOUGH:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


OF_SERVERS: Final = {"migrated", "broker_url"}
"""Fixtures that are on PostgreSQL or Redis where there is one to test against."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that another database can end otherwise; `make check` leaves them out.

    A test that makes itself a database without these fixtures has the mark where it stands. One
    that starts dispatch on a home of its own is on SQLite wherever it runs, and runs once.
    """
    for item in items:
        if OF_SERVERS & {*getattr(item, "fixturenames", ())}:
            item.add_marker("database")


@pytest.fixture(autouse=True)
def closed_databases(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Close, at the end of a test, whatever connections it has opened by any way."""

    def make(*args: Any, **options: Any) -> Engine:
        made = create_engine(*args, **options)
        databases.OPENED.append(made)
        _share_statements(made)
        return made

    monkeypatch.setattr(engine, "create_engine", make)
    yield
    databases.close_all()
    databases.OPENED.clear()


COMPILED: Final[dict[str, Engine]] = {}
"""The engine that made the tables of each kind of database."""


def _share_statements(made: Engine) -> None:
    """Let an engine use what that one has compiled.

    Each test has a database of its own, and compiling the same statements for each takes a third
    of the time of such tests.
    """
    if first := COMPILED.get(made.name):
        made.dialect = made.pool._dialect = first.dialect  # noqa: SLF001 - the cache goes by it
        made._compiled_cache = first._compiled_cache  # noqa: SLF001


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a database that has had every migration, for tests to copy."""
    if not POSTGRESQL:
        url = f"sqlite:///{tmp_path_factory.mktemp('migrated') / 'dispatch.db'}"
        _migrate(url)
        yield url
        return
    with postgresql_database() as url:
        _migrate(url)
        yield url


@pytest.fixture
def database_url(migrated: str, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database with all tables, this test's own."""
    with database_copied(migrated, tmp_path) as url:
        yield url


@pytest.fixture
def sessions(database_url: str, sender: Sender) -> Iterator[Sessions]:
    """The means to open transactions on this test's database."""
    opened = connect(database_url, KEY, party=sender.party)
    yield opened
    opened.dispose()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def transport() -> FakeTransport:
    return FakeTransport()


@pytest.fixture(scope="session")
def templates() -> Templates:
    return Templates(ROOT / "templates")


@pytest.fixture
def sender() -> Sender:
    return a_sender()


def a_sender() -> Sender:
    return Sender(
        name="Office of the Ombudsman",
        address="annual.review@ombudsman.example",
        reply_to="",
        return_path="bounces@ombudsman.example",
        key=KEY,
    )


@pytest.fixture
def app(
    tmp_path: Path,
    sessions: Sessions,
    templates: Templates,
    transport: FakeTransport,
    sender: Sender,
    clock: FakeClock,
) -> App:
    """The whole of dispatch, with only the mail server and the clock made up."""
    settings = Settings(home=tmp_path / "home")
    return App(
        settings=settings,
        sessions=sessions,
        templates=templates,
        transport=transport,
        sender=sender,
        clock=clock,
        timekeeper=Timekeeper(clock.reading),
        person="sam",
    )


@contextmanager
def app_of_many_tests(migrated: str, folder: Path, templates: Templates) -> Iterator[App]:
    """Make what `app` is, for all tests of a module: none of them may change anything in it."""
    clock, sender = FakeClock(), a_sender()
    with database_copied(migrated, folder) as url:
        sessions = connect(url, KEY, party=sender.party)
        yield App(
            settings=Settings(home=folder / "home"),
            sessions=sessions,
            templates=templates,
            transport=FakeTransport(),
            sender=sender,
            clock=clock,
            timekeeper=Timekeeper(clock.reading),
            person="sam",
        )
        sessions.dispose()


@contextmanager
def database_copied(migrated: str, folder: Path) -> Iterator[str]:
    """Copy the empty database with all tables; yield the URL of the copy."""
    if not POSTGRESQL:
        copy = folder / "dispatch.db"
        shutil.copy(migrated.removeprefix("sqlite:///"), copy)
        yield f"sqlite:///{copy}"
        return
    with postgresql_database(template=migrated.rpartition("/")[2]) as url:
        yield url


def _migrate(url: str) -> None:
    opened = connect(url)
    with opened.begin() as session:
        schema.upgrade(session)
        made = session.get_bind()
    opened.dispose()
    assert isinstance(made, Engine)
    COMPILED[made.name] = made


@contextmanager
def postgresql_database(template: str = "template1") -> Iterator[str]:
    """Make a database, and drop it at the end."""
    name = f"dispatch_test_{uuid4().hex}"
    databases.create(name, template)
    try:
        yield databases.url_of(name)
    finally:
        databases.drop(name)
