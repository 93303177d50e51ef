from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import Engine, event, select

from dispatch.database import Sessions
from dispatch.database.tables import Bucket, Exchanger
from dispatch.domain.sending.pace import RECOVERY, SERVICE, Rates
from dispatch.sending.store import exchangers, rates

NOW = datetime(2020, 7, 22, 8, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
WINDOW = 5 * SECOND


def book(sessions: Sessions, limits: Rates, *domains: str, now: datetime = NOW) -> list[timedelta]:
    """Return how long each has to wait, whether to leave or to ask again."""
    wanted = list(enumerate(domains))
    with sessions.begin() as session:
        moments = rates.book(session, wanted, limits, now=now, until=now + WINDOW)
    return [moments[number] - now for number, _ in wanted]


def strike(sessions: Sessions, *keys: str, now: datetime = NOW) -> list[str]:
    with sessions.begin() as session:
        return rates.strike(session, keys, now=now)


def tats(sessions: Sessions) -> dict[str, timedelta]:
    with sessions.read() as session:
        return {row.key: row.tat - NOW for row in session.scalars(select(Bucket))}


def statements(sessions: Sessions) -> list[str]:
    """Return the list to which every statement from now on is added."""
    said: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not statement.startswith("BEGIN"):
            said.append(statement)

    engine = sessions.writing.kw["bind"]
    assert isinstance(engine, Engine)
    event.listen(engine, "before_cursor_execute", note)
    return said


def test_without_rates_all_leave_at_once_for_one_query(sessions: Sessions) -> None:
    strike(sessions, "other.example")
    said = statements(sessions)
    assert book(sessions, Rates(), *["adur.example"] * 50, "oxo.example") == [0 * SECOND] * 51
    assert len(said) == 1
    assert said[0].startswith("SELECT")


def test_nothing_to_book_is_booked(sessions: Sessions) -> None:
    assert book(sessions, Rates(service=SECOND)) == []


def test_letters_leave_one_interval_after_the_other(sessions: Sessions) -> None:
    limits = Rates(service=SECOND / 2)
    assert book(sessions, limits, "a.example", "b.example") == [0 * SECOND, SECOND / 2]
    assert book(sessions, limits, "c.example", now=NOW + SECOND / 4) == [SECOND * 3 / 4]
    assert book(sessions, limits, "d.example", now=NOW + 9 * SECOND) == [0 * SECOND]


def test_what_cannot_leave_in_time_takes_no_slot_and_comes_back_one_by_one(
    sessions: Sessions,
) -> None:
    limits = Rates(service=SECOND / 10, domain=2 * SECOND)
    waits = book(sessions, limits, *["a.example"] * 5)
    assert waits == [seconds * SECOND for seconds in (0, 2, 4, 6, 8)]
    assert tats(sessions)["smtp"] == SECOND * 3 / 10
    assert book(sessions, limits, *["a.example"] * 2) == [10 * SECOND, 12 * SECOND]
    assert book(sessions, limits, "b.example") == [SECOND * 3 / 10]


def test_a_slot_booked_by_a_clock_that_has_gone_back_since_holds_nothing_up(
    sessions: Sessions,
) -> None:
    limits = Rates(service=SECOND)
    book(sessions, limits, "a.example", now=NOW + timedelta(hours=2))
    assert book(sessions, limits, "b.example", "c.example") == [0 * SECOND, SECOND]
    assert book(sessions, limits, "d.example") == [2 * SECOND]


def test_each_domain_has_its_own_rate(sessions: Sessions) -> None:
    limits = Rates(domain=SECOND, domains={"fast.example": SECOND / 4})
    domains = ["slow.example", "fast.example"] * 2
    assert book(sessions, limits, *domains) == [0 * SECOND, 0 * SECOND, SECOND, SECOND / 4]


def test_domains_with_one_provider_share_its_rate(sessions: Sessions) -> None:
    with sessions.begin() as session:
        exchangers.note(session, ["a.example", "b.example", "c.example"])
        hosts = {"a.example": ["a.mx.example"], "b.example": ["b.mx.example"]}
        exchangers.store(session, {**hosts, "c.example": ["mail.c.example"]}, now=NOW)
    limits = Rates(groups={"*.mx.example": SECOND})
    waits = book(sessions, limits, "a.example", "b.example", "c.example")
    assert waits == [0 * SECOND, SECOND, 0 * SECOND]


def test_a_domain_that_nobody_has_located_is_noted_and_goes_slowly(sessions: Sessions) -> None:
    limits = Rates(groups={"*.mx.example": SECOND, "*.slow.example": 3 * SECOND})
    assert book(sessions, limits, "a.example", "b.example") == [0 * SECOND, 3 * SECOND]
    with sessions.read() as session:
        assert exchangers.known(session, ["a.example", "b.example"]) == {
            "a.example": [],
            "b.example": [],
        }
        assert session.scalars(select(Exchanger.looked_up_at)).all() == [None, None]


def test_a_service_that_is_struck_rests_and_then_goes_at_half_its_rate(sessions: Sessions) -> None:
    limits = Rates(service=SECOND)
    assert strike(sessions, SERVICE, SERVICE) == [SERVICE]
    assert book(sessions, limits, "a.example") == [60 * SECOND]
    rested_at = NOW + 60 * SECOND
    domains = ["a.example", "b.example"]
    assert book(sessions, limits, *domains, now=rested_at) == [0 * SECOND, 2 * SECOND]


def test_a_struck_service_without_a_rate_gets_one_for_as_long(sessions: Sessions) -> None:
    strike(sessions, SERVICE)
    rested_at = NOW + 60 * SECOND
    domains = ["a.example", "b.example"]
    assert book(sessions, Rates(), *domains, now=rested_at) == [0 * SECOND, 2 * SECOND]
    assert book(sessions, Rates(), *domains, now=rested_at + RECOVERY) == [0 * SECOND] * 2


def test_strikes_during_a_rest_change_nothing(sessions: Sessions) -> None:
    assert strike(sessions, SERVICE) == [SERVICE]
    before = tats(sessions)
    assert strike(sessions, SERVICE, now=NOW + 59 * SECOND) == []
    assert tats(sessions) == before
    assert strike(sessions, SERVICE, now=NOW + 60 * SECOND) == [SERVICE]
    assert tats(sessions)[SERVICE] == 180 * SECOND


def test_too_many_counts_for_the_service_and_for_all_names_of_what_receives(
    sessions: Sessions,
) -> None:
    with sessions.begin() as session:
        domains = ["a.example", "b.example", "c.example"]
        exchangers.note(session, domains)
        hosts = {
            "a.example": ["a-example.mail.protection.outlook.com"],
            "b.example": ["b-example.p-v1.mx.microsoft"],
            "c.example": ["mx.c.example"],
        }
        exchangers.store(session, hosts, now=NOW)
        struck = rates.give_way(session, {"a.example"}, Rates(), now=NOW)
        assert sorted(struck) == ["mx:microsoft", SERVICE]
        assert rates.strikes(session, now=NOW) == 1
        session.get_one(Bucket, SERVICE).strikes = 0
    rested_at = NOW + 60 * SECOND
    waits = book(sessions, Rates(), *domains, now=rested_at)
    assert waits == [0 * SECOND, 2 * SECOND, 0 * SECOND]


def test_the_room_is_what_the_service_has_left_before_the_end(sessions: Sessions) -> None:
    def room(limits: Rates, now: datetime = NOW) -> int | None:
        with sessions.read() as session:
            return rates.room(session, limits, now=now, until=now + WINDOW)

    limits = Rates(service=2 * SECOND)
    assert (room(Rates()), room(limits)) == (None, 3)
    book(sessions, limits, "a.example", "b.example")
    assert [room(limits, NOW + seconds * SECOND) for seconds in (0, 1, 5)] == [1, 1, 3]
    strike(sessions, SERVICE)
    assert [room(Rates(), NOW + seconds * SECOND) for seconds in (55, 59, 60)] == [0, 2, 3]


def test_no_strike_costs_nothing(sessions: Sessions) -> None:
    said = statements(sessions)
    assert strike(sessions) == []
    assert said == []


RATE = 40
WORKERS = 4
LETTERS = 100
BATCH = 20


def work(sessions: Sessions, limits: Rates, worker: int, together: Barrier) -> list[datetime]:
    """Send a worker's letters, a batch each second of a clock that all share."""
    waiting = dict.fromkeys(range(LETTERS), NOW)
    left: list[datetime] = []
    for seconds in range(2 * WORKERS * LETTERS // RATE):
        together.wait()
        now = NOW + seconds * SECOND
        due = sorted((at, letter) for letter, at in waiting.items() if at <= now)[:BATCH]
        wanted = [(letter, f"{worker}-{letter % 3}.example") for _, letter in due]
        with sessions.begin() as session:
            moments = rates.book(session, wanted, limits, now=now, until=now + SECOND)
        for letter, at in moments.items():
            waiting[letter] = at
            if at < now + SECOND:
                left.append(waiting.pop(letter))
    return left


@pytest.mark.parametrize(
    "limits",
    [
        pytest.param(Rates(service=SECOND / RATE), id="service"),
        pytest.param(Rates(groups={"*.mx.example": SECOND / RATE}), id="group"),
        pytest.param(Rates(service=SECOND / RATE, domain=SECOND / 8), id="both"),
    ],
)
def test_workers_keep_one_rate_together_and_none_starves(sessions: Sessions, limits: Rates) -> None:
    together = Barrier(WORKERS)
    with ThreadPoolExecutor(WORKERS) as pool:
        each = list(pool.map(lambda worker: work(sessions, limits, worker, together), range(4)))
    assert [len(left) for left in each] == [LETTERS] * WORKERS
    moments = [at for left in each for at in left]
    worst = max(Counter(int((at - NOW) / SECOND) for at in moments).values())
    assert worst <= RATE + 1
    assert max(moments) < NOW + SECOND * (WORKERS * LETTERS / RATE + 5)


def test_workers_that_make_and_strike_the_same_keys_do_not_block_each_other(
    sessions: Sessions,
) -> None:
    domains = [f"{number}.example" for number in range(20)]
    limits = Rates(service=SECOND / RATE, domain=SECOND, groups={"*.mx.example": SECOND})

    def busy(worker: int) -> None:
        mine = domains[worker:] + domains[:worker]
        for step in range(10):
            now = NOW + step * 60 * SECOND
            book(sessions, limits, *mine[worker::2], now=now)
            strike(sessions, *(f"domain:{each}" for each in mine[::-3]), now=now)

    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(busy, range(WORKERS)))
    keys = {f"domain:{domain}" for domain in domains} | {"smtp", "mx:?"}
    assert keys <= tats(sessions).keys()
