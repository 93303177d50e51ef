from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from sqlalchemy.exc import OperationalError

from dispatch.app import App
from dispatch.database import DatabaseTrouble, Session, Sessions
from dispatch.domain.sending.timekeeping import Timekeeping
from dispatch.ledger import journal
from dispatch.tracking import timekeeping
from dispatch.tracking.store import timekeeping as store
from dispatch.tracking.timekeeping import DatabaseClock, Timekeeper
from tests.factories import a_word
from tests.fakes import FakeClock


def look(sessions: Sessions, keeper: Timekeeper) -> tuple[Timekeeping, bool]:
    with sessions.begin() as session:
        return keeper.keep(session)


def clock_of(sessions: Sessions, clock: FakeClock) -> DatabaseClock:
    return DatabaseClock(sessions, clock.reading, lambda: clock.elapsed)


def test_a_hold_is_news_when_it_begins_and_when_it_ends(
    sessions: Sessions, clock: FakeClock
) -> None:
    keeper, news = Timekeeper(clock.reading), []
    for amount in (0, 86_400, 0, -86_400, 0):
        clock.set_by(seconds=amount)
        clock.advance(seconds=1)
        kept, is_news = look(sessions, keeper)
        news.append((kept.is_held, is_news))
    assert news == [(False, False), (True, True), (True, False), (False, True), (False, False)]


def test_the_time_is_noted_every_ten_seconds_and_whenever_it_is_set(
    sessions: Sessions, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    noted: list[float] = []
    note, began = store.note, clock()

    def count(session: Session, kept: Timekeeping) -> None:
        noted.append((kept.at - began).total_seconds())
        note(session, kept)

    monkeypatch.setattr(store, "note", count)
    keeper = Timekeeper(clock.reading)
    for second in range(16):
        if second == 13:
            clock.set_by(seconds=4)
        look(sessions, keeper)
        clock.advance(seconds=1)
    assert noted == [0, 10, 17]


def test_a_process_whose_machine_is_minutes_off_goes_by_the_time_that_is_kept(
    sessions: Sessions, clock: FakeClock
) -> None:
    look(sessions, Timekeeper(clock.reading))
    right = clock()
    clock.set_by(minutes=10)
    other = clock_of(sessions, clock)
    assert other() == right
    clock.advance(seconds=30)
    assert other() == right + timedelta(seconds=30)


def test_without_a_clock_process_a_clock_that_is_set_is_followed_only_if_it_stays_so(
    sessions: Sessions, clock: FakeClock
) -> None:
    mine = clock_of(sessions, clock)
    began = mine()
    clock.set_by(days=7)
    clock.advance(seconds=5)
    assert mine() == began + timedelta(seconds=5)
    for _ in range(3):
        clock.advance(seconds=5)
        shown = mine()
    assert shown == began + timedelta(days=7, seconds=20)


def test_while_the_database_is_away_a_process_counts_on(
    sessions: Sessions, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = clock_of(sessions, clock)
    began = mine()
    looks: list[int] = []

    def away(_: Sessions) -> AbstractContextManager[Session]:
        looks.append(1)
        raise OperationalError("", {}, Exception("away"))

    monkeypatch.setattr(Sessions, "read", away)
    for second in range(1, 7):
        clock.advance(seconds=1)
        assert mine() == began + timedelta(seconds=second)
    assert len(looks) == 2
    with pytest.raises(DatabaseTrouble):
        clock_of(sessions, clock)()


def test_a_person_ends_a_hold_and_the_ledger_says_so(app: App, clock: FakeClock) -> None:
    word = a_word(clock(), because="I have looked at the radio clock")
    with app.sessions.begin() as session:
        assert timekeeping.confirm(session, word) is None
    look(app.sessions, app.timekeeper)
    clock.set_by(hours=2)
    look(app.sessions, app.timekeeper)
    with app.sessions.begin() as session:
        assert timekeeping.held(session)
        assert timekeeping.confirm(session, word)
    kept, _ = look(app.sessions, app.timekeeper)
    assert (kept.at, kept.is_held) == (clock(), False)
    with app.sessions.read() as session:
        [event] = journal.events(session, "time:clock")
        assert timekeeping.held(session) is None
    assert event.detail["ahead"] == "7200"
