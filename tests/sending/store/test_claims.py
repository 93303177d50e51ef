from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from dispatch.app import App
from dispatch.database import Sessions
from dispatch.database.tables import Delivery
from dispatch.domain.delivery import DeliveryState
from dispatch.domain.hours import SendingDays
from dispatch.domain.sending.attempt import Claim
from dispatch.letters import render
from dispatch.letters.store import wanted
from dispatch.mailouts.store import mailout_named
from dispatch.sending import release
from dispatch.sending.store import claims
from tests import steps
from tests.factories import RELEASE_AT, a_word
from tests.fakes import FakeClock

RELEASE_DAY = RELEASE_AT.date()
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


def test_nothing_is_claimed_on_a_day_that_is_closed(app: App, clock: FakeClock) -> None:
    steps.released(app, clock, sending_days=SendingDays.WORKING, extra_holidays=(RELEASE_DAY,))
    assert claim(app.sessions, clock(), 9) == []
    for day, count in ((25, 0), (26, 0), (27, 2)):  # Saturday, Sunday, Monday
        clock.reach(datetime(2020, 7, day, 9, tzinfo=UTC))
        with app.sessions.read() as session:
            assert claims.count_due(session, now=clock(), most=9) == count
        assert len(claim(app.sessions, clock(), 9)) == count


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
        both = [stale, fresh]
        assert claims.offer(session, both, now=now, lease_until=now + LEASE) == {fresh}
        assert not claims.offer(session, both, now=now, lease_until=now + LEASE)


def test_nothing_is_offered_after_its_not_after_time(sessions: Sessions, now: datetime) -> None:
    [held] = claim(sessions, now, 1)
    not_after = row(sessions, held.delivery_id).not_after
    with sessions.begin() as session:
        assert not claims.offer(session, [held], now=not_after, lease_until=not_after + LEASE)


def test_a_step_that_the_table_lacks_is_a_bug(sessions: Sessions, now: datetime) -> None:
    [held] = claim(sessions, now, 1)
    with sessions.begin() as session, pytest.raises(AssertionError):
        claims.settle(session, [held], DeliveryState.DELIVERED, now=now)


def test_there_is_work_only_while_something_waits(app: App, clock: FakeClock) -> None:
    def work() -> tuple[bool, bool]:
        with app.sessions.read() as session:
            return (
                wanted.is_any_wanted(session, now=clock()),
                claims.count_due(session, now=clock(), most=1) > 0,
            )

    steps.scheduled(app)
    assert work() == (False, False)
    clock.reach(steps.mailout_of(app).plan.release_at)
    steps.tick(app)
    assert work() == (False, True)
    steps.send_due(app)
    assert work() == (False, False)


def test_letters_that_nobody_would_take_are_no_work(app: App, clock: FakeClock) -> None:
    steps.planned(app)
    with app.sessions.begin() as session:
        mailout = mailout_named(session, steps.NAME)
        render.ask(session, mailout, app.templates, a_word(clock()))
        assert wanted.is_any_wanted(session, now=clock())
        release.cancel(session, mailout, a_word(clock()))
        session.flush()
        assert not wanted.is_any_wanted(session, now=clock())
