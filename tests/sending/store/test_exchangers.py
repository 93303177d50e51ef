from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete

from dispatch.app import App
from dispatch.database import Sessions
from dispatch.database.tables import Exchanger
from dispatch.sending.store import exchangers
from tests import steps
from tests.fakes import FakeClock

NOW = datetime(2020, 7, 22, 8, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def note(sessions: Sessions, *domains: str) -> None:
    with sessions.begin() as session:
        exchangers.note(session, domains)


def store(sessions: Sessions, now: datetime, **found: list[str] | None) -> None:
    with sessions.begin() as session:
        exchangers.store(session, found, now=now)


def known(sessions: Sessions, *domains: str) -> dict[str, list[str]]:
    with sessions.read() as session:
        return exchangers.known(session, domains)


def due(sessions: Sessions, now: datetime, limit: int = 10) -> list[str]:
    with sessions.read() as session:
        return list(exchangers.due(session, now=now, limit=limit))


@pytest.fixture
def on_its_way(app: App) -> None:
    """A mailout that is scheduled, so that its exchangers matter."""
    steps.scheduled(app, "OXO")
    with app.sessions.begin() as session:
        session.execute(delete(Exchanger))


def test_what_is_noted_twice_keeps_what_is_known(sessions: Sessions) -> None:
    note(sessions, "adur", "oxo", "adur")
    store(sessions, NOW, adur=["mx.example"])
    note(sessions, "adur")
    assert known(sessions, "adur", "oxo", "wot") == {"adur": ["mx.example"], "oxo": []}


def test_nothing_to_note_or_store_is_no_trouble(sessions: Sessions) -> None:
    note(sessions)
    store(sessions, NOW)
    assert known(sessions, "adur") == {}


def test_a_failed_look_up_keeps_what_was_known(sessions: Sessions) -> None:
    note(sessions, "adur")
    store(sessions, NOW, adur=["mx.example"])
    store(sessions, NOW, adur=None)
    assert known(sessions, "adur") == {"adur": ["mx.example"]}
    store(sessions, NOW, adur=[])
    assert known(sessions, "adur") == {"adur": []}


@pytest.mark.usefixtures("on_its_way")
def test_what_was_never_looked_up_is_due_first(sessions: Sessions) -> None:
    note(sessions, "adur", "oxo", "wot")
    store(sessions, NOW - DAY, adur=["mx.example"])
    assert due(sessions, NOW) == ["oxo", "wot", "adur"]
    assert due(sessions, NOW, limit=1) == ["oxo"]


@pytest.mark.usefixtures("on_its_way")
def test_an_answer_is_good_for_a_day(sessions: Sessions) -> None:
    note(sessions, "adur")
    store(sessions, NOW, adur=["mx.example"])
    assert due(sessions, NOW + DAY - timedelta(seconds=1)) == []
    assert due(sessions, NOW + DAY) == ["adur"]


@pytest.mark.usefixtures("on_its_way")
@pytest.mark.parametrize("found", [None, []])
def test_where_none_was_found_it_is_tried_again_sooner(
    sessions: Sessions, found: list[str] | None
) -> None:
    note(sessions, "adur")
    store(sessions, NOW, adur=found)
    assert due(sessions, NOW + timedelta(minutes=14)) == []
    assert due(sessions, NOW + timedelta(minutes=15)) == ["adur"]


def test_nothing_is_due_unless_a_mailout_is_on_its_way(app: App, clock: FakeClock) -> None:
    note(app.sessions, "adur")
    assert due(app.sessions, NOW) == []
    steps.released(app, clock, "OXO")
    assert due(app.sessions, NOW) == ["adur", "oxo.example"]
