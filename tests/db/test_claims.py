from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from dispatch.app import App
from dispatch.db import Delivery, Sessions, claims
from dispatch.db.claims import Claim
from dispatch.domain.delivery import DeliveryState
from tests import steps
from tests.fakes import FakeClock

LEASE = timedelta(minutes=15)


@pytest.fixture
def now(app: App, clock: FakeClock) -> datetime:
    """The moment at which eight deliveries have just been released."""
    steps.released(app, clock, "OXO", "ADU", "WOT", "CMD")
    return clock()


def claim(sessions: Sessions, now: datetime, limit: int) -> list[Claim]:
    with sessions.begin() as session:
        return claims.claim_deliveries(session, now=now, lease_until=now + LEASE, limit=limit)


def row(sessions: Sessions, delivery_id: UUID) -> Delivery:
    with sessions.read() as session:
        return session.get_one(Delivery, delivery_id)


def test_a_claim_takes_no_more_than_it_may(sessions: Sessions, now: datetime) -> None:
    assert len(claim(sessions, now, 3)) == 3
    assert len(claim(sessions, now, 30)) == 5
    assert claim(sessions, now, 30) == []


def test_recipients_of_one_letter_come_next_to_each_other(
    sessions: Sessions, now: datetime
) -> None:
    letters = [each.letter_id for each in claim(sessions, now, 8)]
    assert letters == sorted(letters)
    assert set(Counter(letters).values()) == {2}


def test_workers_at_once_take_everything_and_nothing_twice(
    sessions: Sessions, now: datetime
) -> None:
    with ThreadPoolExecutor(4) as pool:
        taken = pool.map(lambda _: claim(sessions, now, 1), range(12))
    ids = [each.delivery_id for some in taken for each in some]
    assert len(ids) == len(set(ids)) == 8


def test_a_claim_counts_the_try_and_gives_a_new_token(sessions: Sessions, now: datetime) -> None:
    [first, *_] = claim(sessions, now, 1)
    with sessions.begin() as session:
        claims.release(session, [first], now=now)
    given_back = row(sessions, first.delivery_id)
    assert (given_back.state, given_back.attempts, given_back.lease_until) == (
        DeliveryState.QUEUED,
        0,
        None,
    )
    again = next(each for each in claim(sessions, now, 8) if each.delivery_id == first.delivery_id)
    assert (first.token, again.token) == (1, 2)


def test_only_the_last_claim_may_offer(sessions: Sessions, now: datetime) -> None:
    [stale] = claim(sessions, now, 1)
    with sessions.begin() as session:
        claims.release(session, [stale], now=now)
    [fresh] = [each for each in claim(sessions, now, 8) if each.delivery_id == stale.delivery_id]
    with sessions.begin() as session:
        assert not claims.offer(session, stale, now=now, lease_until=now + LEASE)
        assert claims.offer(session, fresh, now=now, lease_until=now + LEASE)
        assert not claims.offer(session, fresh, now=now, lease_until=now + LEASE)


def test_nothing_is_offered_after_its_not_after_time(sessions: Sessions, now: datetime) -> None:
    [held] = claim(sessions, now, 1)
    with sessions.begin() as session:
        assert not claims.offer(session, held, now=held.not_after, lease_until=now)


def test_a_step_that_the_table_lacks_is_a_bug(sessions: Sessions, now: datetime) -> None:
    [held] = claim(sessions, now, 1)
    with sessions.begin() as session, pytest.raises(AssertionError):
        claims.settle(
            session,
            held,
            DeliveryState.DELIVERED,
            now=now,
            was=DeliveryState.CLAIMED,
            values={},
        )
