"""The database, and who works on it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from dispatch.app import App
from dispatch.database import Session, connect
from dispatch.database.tables import LedgerAudit
from dispatch.doctor import database
from dispatch.domain.doctor.finding import Finding, Level
from dispatch.ledger import journal, upkeep_events
from dispatch.tracking.store import audits, heartbeats
from tests.conftest import KEY
from tests.doctor.offices import faults, office, words
from tests.factories import a_word
from tests.fakes import FakeClock

STOPS, LOOK = Level.STOPS, Level.LOOK


def beat(session: Session, kind: str, at: datetime) -> None:
    heartbeats.beat(session, kind, f"{kind}@here", at, timedelta(0))


def audited(session: Session, at: datetime, *wrong: str) -> None:
    row = LedgerAudit(
        number=0, began_at=at, ended_at=at, held_at=None if wrong else at, wrong=list(wrong)
    )
    audits.keep(session, row)
    session.add(row)


def backed_up(session: Session, at: datetime) -> None:
    detail = {"sha256": "0" * 64, "rows": "1", "bytes": "1", "taken_at": at.isoformat()}
    event = upkeep_events.DB_BACKED_UP.by(a_word(at), "nightly.backup", **detail)
    journal.append(session, event)


@pytest.fixture
def sound(app: App) -> App:
    with app.sessions.begin() as session:
        now = app.clock()
        beat(session, "clock", now)
        beat(session, "worker", now)
        audited(session, now - timedelta(hours=7))
        backed_up(session, now - timedelta(hours=8))
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
    assert "never" in words(found)


def test_a_ledger_that_does_not_hold_stops_everything(sound: App) -> None:
    with sound.sessions.begin() as session:
        session.delete(session.get_one(LedgerAudit, 0))
        session.flush()
        audited(session, sound.clock(), "seal 3 does not follow seal 2")
    found = looked(sound)
    assert faults(found) == {"ledger.audit": STOPS}
    assert "seal 3 does not follow seal 2" in words(found)


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
    monkeypatch.setattr(database, "database_time", lambda _: sound.clock() + timedelta(minutes=5))
    assert faults(looked(sound)) == {"clock": LOOK}


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
    url = "postgresql+psycopg://dispatch@db.internal/dispatch"
    elsewhere = emptied(office(app, database_url=url), tmp_path / "other.db")
    assert faults(looked(elsewhere)) == {"database": STOPS}


def test_a_database_that_does_not_answer_is_found(app: App, tmp_path: Path) -> None:
    away = replace(office(app), sessions=connect(tmp_path, KEY))  # a folder
    found = looked(away)
    assert faults(found) == {"database": STOPS}
    assert "DISPATCH_DATABASE_URL" in words(found)
