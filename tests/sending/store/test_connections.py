from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

from sqlalchemy import func, select

from dispatch.database import Sessions
from dispatch.database.tables import HeldConnections
from dispatch.sending.store import connections
from dispatch.sending.store.connections import FAR_AHEAD, HOLDS

NOW = datetime(2020, 7, 22, 8, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
MOST = 3


def take(sessions: Sessions, holder: str, wanted: int = 2, now: datetime = NOW) -> int:
    with sessions.begin() as session:
        return connections.take(session, holder, wanted=wanted, most=MOST, now=now)


def renew(sessions: Sessions, holder: str, now: datetime) -> bool:
    with sessions.begin() as session:
        return connections.renew(session, holder, now=now)


def test_all_together_hold_no_more_than_there_may_be(sessions: Sessions) -> None:
    assert [take(sessions, holder) for holder in ("a", "b", "c")] == [2, 1, 0]
    with sessions.begin() as session:
        connections.give_back(session, "a")
    assert take(sessions, "c") == 2


def test_what_a_dead_worker_held_comes_back_when_it_has_run_out(sessions: Sessions) -> None:
    take(sessions, "dead", wanted=MOST)
    assert take(sessions, "b", now=NOW + HOLDS - SECOND) == 0
    assert take(sessions, "b", now=NOW + HOLDS) == 2
    assert not renew(sessions, "dead", NOW + HOLDS)


def test_what_is_renewed_does_not_run_out(sessions: Sessions) -> None:
    take(sessions, "a", wanted=MOST)
    assert renew(sessions, "a", NOW + HOLDS - SECOND)
    assert take(sessions, "b", now=NOW + HOLDS) == 0


def test_what_was_held_before_the_clock_went_back_holds_nothing_up(sessions: Sessions) -> None:
    take(sessions, "a", wanted=MOST, now=NOW + FAR_AHEAD)
    assert take(sessions, "b") == 2


def test_workers_that_ask_at_the_same_moment_take_turns(sessions: Sessions) -> None:
    together = Barrier(4)

    def ask(worker: int) -> int:
        together.wait()
        return take(sessions, str(worker))

    with ThreadPoolExecutor(4) as pool:
        taken = sorted(pool.map(ask, range(4)))
    assert taken == [0, 0, 1, 2]
    with sessions.read() as session:
        assert session.scalar(select(func.sum(HeldConnections.count))) == MOST
