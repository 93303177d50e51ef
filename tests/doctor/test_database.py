"""The database, and who works on it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from dispatch.app import App
from dispatch.database import connect
from dispatch.database.tables import LedgerAudit
from dispatch.doctor import database, pace, recipients
from dispatch.domain.doctor.finding import Finding, Level
from dispatch.mail.incoming.maildir import Maildir
from dispatch.sending.store.first_letters import INBOX
from dispatch.tracking.store import heartbeats
from tests.conftest import KEY
from tests.doctor.offices import audited, faults, office, served, words
from tests.fakes import FakeClock

STOPS, LOOK = Level.STOPS, Level.LOOK


@pytest.fixture
def sound(app: App) -> App:
    served(app)
    return office(app)


def looked(app: App) -> list[Finding]:
    return list(database.find(app))


def test_nothing_is_found_where_all_is_well(sound: App) -> None:
    found = looked(sound)
    assert faults(found) == {}
    assert "The database was backed up 8 h ago." in words(found)


def test_what_has_not_been_done_for_days_is_found(sound: App, clock: FakeClock) -> None:
    clock.advance(days=3)
    assert faults(looked(sound)) == {
        "service.clock": STOPS,
        "service.worker": STOPS,
        "ledger.audit": LOOK,
        "database.backup": LOOK,
    }


def test_what_was_never_done_is_found(app: App) -> None:
    found = looked(office(app))
    assert faults(found) == {
        "service.clock": STOPS,
        "service.worker": STOPS,
        "ledger.audit": LOOK,
        "database.backup": LOOK,
    }
    assert "No backup by `dispatch db backup` is on record." in words(found)


def test_a_ledger_that_does_not_hold_stops_everything(sound: App) -> None:
    with sound.sessions.begin() as session:
        session.delete(session.get_one(LedgerAudit, 0))
        session.flush()
        audited(session, sound.clock(), "seal 3 does not follow seal 2")
    found = looked(sound)
    assert faults(found) == {"ledger.audit": STOPS}
    assert "seal 3 does not follow seal 2" in words(found)


def test_a_mailbox_that_nobody_has_looked_at_lately_is_found(sound: App, clock: FakeClock) -> None:
    box = Maildir(Path("Maildir"))
    at = replace(sound, inboxes=(box,))
    assert faults(looked(at)) == {"service.incoming": LOOK}
    with at.sessions.begin() as session:
        heartbeats.beat(session, INBOX, box.name, clock(), timedelta(0))
    assert faults(looked(at)) == {}
    clock.advance(hours=2)
    assert faults(looked(at))["service.incoming"] is LOOK
    assert "No message was taken in since 2 h ago." in words(looked(at))


def test_a_clock_that_was_set_is_found(sound: App, clock: FakeClock) -> None:
    with sound.sessions.begin() as session:
        sound.timekeeper.keep(session)
    clock.set_by(hours=-2)
    with sound.sessions.begin() as session:
        sound.timekeeper.keep(session)
    found = looked(sound)
    assert faults(found)["clock"] is STOPS
    assert "dispatch clock --right" in words(found)


def test_a_database_whose_clock_is_wrong_is_found(
    sound: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = datetime(2026, 7, 22, 9, 0, tzinfo=UTC)
    monkeypatch.setattr(database, "machine_time", lambda: ours)
    for apart, expected in ((timedelta(minutes=5), {"clock": LOOK}), (timedelta(seconds=2), {})):
        monkeypatch.setattr(database, "database_time", lambda _, by=apart: ours - by)
        assert faults(looked(sound)) == expected


@pytest.mark.parametrize(
    ("revision", "said"),
    [("0011", "dispatch db upgrade"), ("9999", "Upgrade the program"), ("0001", "in between")],
)
def test_a_database_of_another_release_is_found(sound: App, revision: str, said: str) -> None:
    with sound.sessions.begin() as session:
        session.execute(text("UPDATE alembic_version SET version_num = :it"), {"it": revision})
    found = looked(sound)
    assert faults(found) == {"database": STOPS}
    assert said in words(found)


def emptied(app: App, path: Path) -> App:
    return replace(app, sessions=connect(path, KEY))


def test_an_empty_database_in_the_home_is_fine_and_another_is_not(app: App, tmp_path: Path) -> None:
    empty = emptied(office(app), tmp_path / "empty.db")
    assert faults(looked(empty)) == {}
    assert list(pace.find(empty, None)) == []
    [nobody] = recipients.find(empty, None, None)
    assert nobody.found == "There is nobody to write to yet."
    [nowhere] = recipients.find(empty, None, "review-2026")
    assert nowhere.level is STOPS
    url = "postgresql+psycopg://dispatch@db.internal/dispatch"
    elsewhere = emptied(office(app, database_url=url), tmp_path / "other.db")
    assert faults(looked(elsewhere)) == {"database": STOPS}


def test_a_database_that_does_not_answer_is_found(app: App, tmp_path: Path) -> None:
    away = replace(office(app), sessions=connect(tmp_path, KEY))  # a folder
    found = looked(away)
    assert faults(found) == {"database": STOPS}
    assert "DISPATCH_DATABASE_URL" in words(found)
