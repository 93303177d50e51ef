from __future__ import annotations

import gzip
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from dispatch.app import App
from dispatch.database import Sessions, schema
from dispatch.domain.errors import BadInput, RuleBroken
from dispatch.files.dumps import Dump
from dispatch.ledger import journal
from dispatch.upkeep.store import dump
from tests import steps
from tests.database import next_migration
from tests.databases import POSTGRESQL
from tests.dumps import contents, dumped, emptiness
from tests.factories import an_event
from tests.fakes import FakeClock

pytestmark = pytest.mark.database

NOW = datetime(2020, 7, 22, 9, tzinfo=UTC)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A dump of a database in which little has happened."""
    folder = tmp_path_factory.mktemp("small")
    with emptiness(folder, is_postgresql=False) as sessions:
        with sessions.begin() as session:
            schema.upgrade(session)
            journal.append_all(session, [an_event("mailout:a", NOW)] * 3)
        made = dumped(sessions, folder / "dump", NOW).path.read_bytes()
        sessions.dispose()
    return made


def test_a_dump_puts_every_row_into_another_database(
    app: App, clock: FakeClock, tmp_path: Path
) -> None:
    steps.released(app, clock, "OXO", "SAL")
    steps.send_due(app)
    made = dumped(app.sessions, tmp_path / "dump", clock())
    with emptiness(tmp_path) as target:
        with target.begin() as session:
            header = dump.load(session, made)
        assert contents(target) == contents(app.sessions)
        with target.begin() as session:
            schema.check(session)
    assert header.taken_at == clock()
    assert header.tables == {name: len(rows) for name, rows in contents(app.sessions).items()}
    assert header.rows > header.tables["document"] > 1


@pytest.mark.skipif(not POSTGRESQL, reason="needs a PostgreSQL")
def test_a_dump_goes_from_postgresql_into_sqlite_and_back(
    app: App, clock: FakeClock, tmp_path: Path
) -> None:
    steps.released(app, clock, "OXO")
    steps.send_due(app)
    there = dumped(app.sessions, tmp_path / "there", clock())
    with emptiness(tmp_path, is_postgresql=False) as sqlite:
        with sqlite.begin() as session:
            dump.load(session, there)
        back = dumped(sqlite, tmp_path / "back", clock())
    with emptiness(tmp_path) as target:
        with target.begin() as session:
            dump.load(session, back)
        assert contents(target) == contents(sqlite) == contents(app.sessions)


def test_a_dump_is_of_one_moment_though_others_write(
    app: App, clock: FakeClock, tmp_path: Path
) -> None:
    steps.released(app, clock, "OXO", "SAL")
    ends = threading.Event()
    writes = threading.Event()

    def write() -> None:
        while not ends.is_set():
            with app.sessions.begin() as session:
                for subject in ("mailout:1", "mailout:2"):
                    journal.append(session, an_event(subject, clock()))
            writes.set()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert writes.wait(10)
        made = dumped(app.sessions, tmp_path / "dump", clock())
    finally:
        ends.set()
        writer.join()
    header = made.check().header  # as many rows as were counted
    pairs = [row.values["subject"] for row in made.rows() if row.table == "event"]
    assert pairs.count("mailout:1") == pairs.count("mailout:2") > 0
    with emptiness(tmp_path) as target, target.begin() as session:
        assert dump.load(session, made) == header


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_file_that_is_cut_off_or_altered_is_refused(
    small: bytes, tmp_path: Path, data: st.DataObject
) -> None:
    path = tmp_path / "damaged"
    at = data.draw(st.integers(10, len(small) - 1))
    flipped = small[:at] + bytes([small[at] ^ data.draw(st.integers(1, 255))]) + small[at + 1 :]
    path.write_bytes(data.draw(st.sampled_from([small[:at], flipped, small + small[:at]])))
    with pytest.raises(BadInput, match="damaged or cut off"):
        Dump(path).check()


@pytest.mark.parametrize(
    "altered",
    [
        lambda text: text.replace(b"sam", b"kim", 1),
        lambda text: text[: text.index(b'{"sha256"')],
        lambda text: text + b"\n",
        lambda text: text.replace(b"dispatch dump 1", b"dispatch dump 2"),
        lambda text: b"[]\n" + text,
        lambda text: b"",
    ],
)
def test_a_file_that_was_packed_anew_with_something_else_is_refused(
    small: bytes, tmp_path: Path, altered: object
) -> None:
    path = tmp_path / "altered"
    assert callable(altered)
    path.write_bytes(gzip.compress(altered(gzip.decompress(small))))
    with pytest.raises(BadInput, match="damaged or cut off"):
        Dump(path).check()


def test_a_dump_of_an_older_database_is_loaded_as_it_was_and_brought_up_to_date(
    app: App, clock: FakeClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps.released(app, clock, "OXO")
    made = dumped(app.sessions, tmp_path / "dump", NOW)
    next_migration.add(tmp_path, monkeypatch)
    with emptiness(tmp_path) as target:
        with target.begin() as session:
            assert dump.load(session, made).revision == next_migration.head()
        with target.begin() as session:
            assert schema.age(session) is schema.Age.CURRENT
        with app.sessions.begin() as session:
            schema.upgrade(session)
        assert contents(target) == contents(app.sessions)


@pytest.mark.parametrize(
    ("number", "why"), [("9000", "newer dispatch"), ("0005", "older than this dispatch")]
)
def test_a_dump_of_unknown_tables_is_refused_and_leaves_nothing(
    sessions: Sessions, small: bytes, tmp_path: Path, number: str, why: str
) -> None:
    path = tmp_path / "unknown"
    line = gzip.decompress(small).replace(
        f'"revision":"{next_migration.head()}'.encode(), f'"revision":"{number}'.encode(), 1
    )
    path.write_bytes(gzip.compress(line))
    with pytest.raises(BadInput, match=why), sessions.begin() as session:
        dump.load(session, Dump(path))
    with sessions.begin() as session:
        assert schema.age(session) is schema.Age.CURRENT


def test_a_newer_database_and_one_without_tables_are_not_dumped(
    sessions: Sessions, tmp_path: Path
) -> None:
    with sessions.begin() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(RuleBroken, match="newer dispatch"):
        dumped(sessions, tmp_path / "dump", NOW)
    with emptiness(tmp_path) as target, pytest.raises(RuleBroken, match="nothing to back up"):
        dumped(target, tmp_path / "dump", NOW)


def test_nothing_is_loaded_into_a_database_that_holds_anything(
    sessions: Sessions, small: bytes, tmp_path: Path
) -> None:
    path = tmp_path / "dump"
    path.write_bytes(small)
    with sessions.begin() as session:
        journal.append(session, an_event("mailout:a", NOW))
    before = contents(sessions)
    with pytest.raises(RuleBroken, match="rows in event"), sessions.begin() as session:
        dump.load(session, Dump(path))
    assert contents(sessions) == before


def test_nothing_is_loaded_beside_tables_of_others(
    sessions: Sessions, small: bytes, tmp_path: Path
) -> None:
    path = tmp_path / "dump"
    path.write_bytes(small)
    with sessions.begin() as session:
        session.execute(text("CREATE TABLE theirs (id INTEGER)"))
    with pytest.raises(RuleBroken, match="not ours, theirs"), sessions.begin() as session:
        dump.load(session, Dump(path))


def test_rows_that_replace_each_other_cannot_be_dumped(
    app: App, clock: FakeClock, tmp_path: Path
) -> None:
    steps.released(app, clock, "OXO", cc_roles=())
    with app.sessions.begin() as session:
        session.execute(text("UPDATE delivery SET replaces_id = id"))
    with pytest.raises(RuleBroken, match="rows of delivery replace each other"):
        dumped(app.sessions, tmp_path / "dump", clock())
