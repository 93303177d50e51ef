from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from dispatch.database import Sessions, connect
from dispatch.database.tables import EventRow
from dispatch.domain.proof.ledger import Event
from dispatch.ledger import journal
from dispatch.proof.seal import seal
from dispatch.proof.store import entries, seals
from tests.conftest import KEY
from tests.databases import POSTGRESQL
from tests.factories import RELEASE_AT

EVENT = Event(RELEASE_AT, "sam", "mailout.planned", "mailout:a", {"plan": "x"})


def places(sessions: Sessions) -> dict[int, int | None]:
    with sessions.read() as session:
        return {row.id: row.place for row in session.query(EventRow).order_by(EventRow.id)}


@pytest.fixture
def other(database_url: str) -> Iterator[Sessions]:
    """Another process's way to the database."""
    opened = connect(database_url, KEY)
    yield opened
    opened.dispose()


def test_only_what_is_not_sealed_waits(sessions: Sessions) -> None:
    with sessions.begin() as session:
        assert not entries.is_unsealed(session, KEY)
        journal.append_all(session, [EVENT] * 3)
    with sessions.begin() as session:
        assert entries.is_unsealed(session, KEY)
        assert [each.event for each in entries.waiting(session, KEY, 2)] == [EVENT] * 2
        assert len(list(entries.unsealed(session, KEY, 2))) == 3
        assert seal(session, now=RELEASE_AT)
        assert not entries.is_unsealed(session, KEY)
        assert list(entries.unsealed(session, KEY, 9)) == []


def test_what_is_read_back_is_what_was_sealed(sessions: Sessions) -> None:
    with sessions.begin() as session:
        journal.append_all(session, [EVENT] * 3)
        made = seal(session, now=RELEASE_AT)
        assert made
    with sessions.read() as session:
        last = seals.last(session)
        assert last
        assert (last.seal, last.hash) == (made, made.hash)
        first, second = seals.after(session, -1, 9)
        assert (first.seal.number, second) == (0, last)
        found = list(entries.events_of(session, 0, 3))
        assert [(each.place, each.event) for each in found] == [(n, EVENT) for n in range(3)]
        assert entries.beyond(session, 3) is None
        assert entries.beyond(session, 2) == 2


@pytest.mark.skipif(not POSTGRESQL, reason="on SQLite there is one writer at a time")
def test_of_two_clocks_one_seals_and_the_other_goes_on(sessions: Sessions, other: Sessions) -> None:
    with sessions.begin() as session:  # whoever opens the ledger is waited for
        journal.append(session, EVENT)
        assert seal(session, now=RELEASE_AT)
    with sessions.begin() as one:
        journal.append(one, EVENT)
        assert seal(one, now=RELEASE_AT)
        with other.begin() as two:
            assert seals.hold(two, now=RELEASE_AT) is None
    with other.begin() as two:
        held = seals.hold(two, now=RELEASE_AT)
        assert held
        assert held.seal.number == 2


@pytest.mark.skipif(not POSTGRESQL, reason="SQLite hands out numbers as it commits")
def test_an_event_that_is_committed_late_is_sealed_late_and_not_left_out(
    sessions: Sessions, other: Sessions
) -> None:
    slow = other.writing()
    journal.append(slow, EVENT)  # it has its number, and nobody sees it
    with sessions.begin() as session:
        journal.append(session, EVENT)
        assert seal(session, now=RELEASE_AT)
    slow.commit()
    slow.close()
    assert list(places(sessions).values()) == [None, 0]
    with sessions.begin() as session:
        assert seal(session, now=RELEASE_AT)
    assert list(places(sessions).values()) == [2, 0]


def work(database_url: str, *, is_clock: bool) -> int:
    """Seal or write ten times, and return how often."""
    opened = connect(database_url, KEY)
    try:
        for _ in range(10):
            with opened.begin() as session:
                if is_clock:
                    seal(session, now=RELEASE_AT, limit=3)
                else:
                    journal.append_all(session, [EVENT] * 2)
    finally:
        opened.dispose()
    return 10


def test_many_clocks_and_writers_leave_one_chain_with_every_event(
    sessions: Sessions, database_url: str
) -> None:
    with ThreadPoolExecutor(5) as pool:
        done = [pool.submit(work, database_url, is_clock=number < 2) for number in range(5)]
    assert [each.result() for each in done] == [10] * 5
    made = RELEASE_AT + timedelta(seconds=1)
    is_due = True
    while is_due:
        with sessions.begin() as session:
            is_due = seal(session, now=made) is not None
    taken = [each for each in places(sessions).values() if each is not None]
    with sessions.read() as session:
        chain = [each.seal for each in seals.after(session, -1, 100)]
    assert [each.number for each in chain] == list(range(len(chain)))
    assert [each.previous for each in chain[1:]] == [each.hash for each in chain[:-1]]
    own = [each.size - 1 for each in chain[1:]]
    assert sorted([*taken, *own]) == list(range(60 + len(own)))
