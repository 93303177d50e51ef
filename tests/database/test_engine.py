from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, StatementError

from dispatch.database import Sessions, connect
from dispatch.database.tables import Heartbeat

NINE = datetime(2020, 7, 22, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("pragma", "value"),
    [("journal_mode", "wal"), ("synchronous", 2), ("busy_timeout", 15000), ("foreign_keys", 1)],
)
def test_sqlite_commits_to_the_disk_and_waits_its_turn(
    tmp_path: Path, pragma: str, value: object
) -> None:
    sessions = connect(f"sqlite:///{tmp_path}/dispatch.db")
    with sessions.begin() as session:
        assert session.scalar(text(f"PRAGMA {pragma}")) == value


@pytest.mark.parametrize(
    "name", ["what?x=1", "a#b", "100%", "100%41", "ü ä", "a:b@c", ":memory:", "long" * 60]
)
def test_a_file_is_named_exactly_as_it_is(tmp_path: Path, name: str) -> None:
    sessions = connect(tmp_path / name)
    with sessions.begin() as session:
        session.execute(text("CREATE TABLE shelf (number INTEGER)"))
    sessions.dispose()
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_commit_is_on_the_disk_whatever_the_server_would_do(sessions: Sessions) -> None:
    with sessions.begin() as session:
        if session.get_bind().dialect.name == "postgresql":
            assert session.scalar(text("SHOW synchronous_commit")) == "on"
        else:
            assert session.scalar(text("PRAGMA synchronous")) == 2


def test_an_error_shows_no_personal_data(sessions: Sessions) -> None:
    query = text("SELECT :surname FROM no_such_table")
    with sessions.begin() as session, pytest.raises(DBAPIError) as caught:
        session.execute(query, {"surname": "Adeyemi"})
    assert "Adeyemi" not in str(caught.value)


def test_a_reader_does_not_wait_for_a_writer(sessions: Sessions) -> None:
    with sessions.begin() as writing:
        writing.add(Heartbeat(name="clock", kind="clock", seen_at=NINE))
        writing.flush()
        with sessions.read() as reading:
            assert reading.get(Heartbeat, "clock") is None


def test_a_watcher_is_told_of_the_commits_of_others(sessions: Sessions) -> None:
    with sessions.watched() as may_have_changed:
        assert may_have_changed()
        assert_rests(may_have_changed)
        with sessions.begin() as session:
            session.add(Heartbeat(name="clock", kind="clock", seen_at=NINE))
        assert may_have_changed()
        with sessions.read() as session:
            assert session.get(Heartbeat, "clock")
        assert_rests(may_have_changed)


def assert_rests(may_have_changed: Callable[[], bool]) -> None:
    """Nothing changes any more, once PostgreSQL's own work of the moment is done."""
    assert any(not may_have_changed() for _ in range(100))


def test_an_error_undoes_the_whole_block(sessions: Sessions) -> None:
    def fail() -> None:
        with sessions.begin() as session:
            session.add(Heartbeat(name="clock", kind="clock", seen_at=NINE))
            session.flush()
            raise ValueError("the power went")

    with pytest.raises(ValueError, match="the power went"):
        fail()
    with sessions.read() as session:
        assert session.get(Heartbeat, "clock") is None


def test_a_moment_comes_back_in_utc_whatever_zone_it_was_given_in(sessions: Sessions) -> None:
    summer = timezone(timedelta(hours=1))
    with sessions.begin() as session:
        session.add(Heartbeat(name="clock", kind="clock", seen_at=NINE.astimezone(summer)))
    with sessions.read() as session:
        seen_at = session.get_one(Heartbeat, "clock").seen_at
    assert (seen_at, seen_at.tzinfo) == (NINE, UTC)


def test_a_moment_without_a_zone_is_refused(sessions: Sessions) -> None:
    row = Heartbeat(name="clock", kind="clock", seen_at=NINE.replace(tzinfo=None))
    with pytest.raises(StatementError, match="naive datetime"), sessions.begin() as session:
        session.add(row)
