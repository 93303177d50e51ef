from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.domain.delivery import (
    AFTER_ATTEMPT,
    HELD,
    IN_PROGRESS,
    LEASE_RAN_OUT,
    LIFE,
    DeliveryState,
    retry_at,
)
from dispatch.domain.errors import ImpossibleMove
from dispatch.domain.hours import ANY_TIME, SendingHours, SendingTimes
from dispatch.files.holidays import ENGLAND

NINE = datetime(2020, 7, 22, 9, tzinfo=UTC)
WAITS = tuple(timedelta(minutes=minutes) for minutes in (5, 15, 60))
WORKING = SendingTimes(SendingHours(time(8), time(18)), ENGLAND)
OFFICE = SendingTimes(SendingHours(time(8), time(18)))


def test_a_letter_cannot_be_delivered_before_it_was_sent() -> None:
    with pytest.raises(ImpossibleMove, match="that is queued cannot become delivered"):
        LIFE.move(DeliveryState.QUEUED, DeliveryState.DELIVERED)


def test_every_state_can_be_reached_from_queued() -> None:
    reached = {DeliveryState.QUEUED}
    for _ in DeliveryState:
        reached |= {new for state in reached for new in LIFE.moves[state]}
    assert reached == set(DeliveryState)


def test_every_unsettled_state_has_a_way_on() -> None:
    assert all(LIFE.moves[state] for state in IN_PROGRESS)


def test_what_may_have_been_taken_never_queues_again_by_itself() -> None:
    assert DeliveryState.QUEUED not in LIFE.moves[DeliveryState.OFFERED]
    assert LEASE_RAN_OUT[DeliveryState.OFFERED] is DeliveryState.IN_DOUBT


def test_the_moves_that_the_clock_and_the_workers_make_are_in_the_table() -> None:
    assert all(then in LIFE.moves[held] for held, then in LEASE_RAN_OUT.items())
    assert set(AFTER_ATTEMPT.values()) <= LIFE.moves[DeliveryState.OFFERED]
    assert set(LEASE_RAN_OUT) == HELD


def test_waits_grow_and_the_last_one_repeats() -> None:
    times = [retry_at(NINE, attempts, WAITS) - NINE for attempts in range(1, 6)]
    assert times == [*WAITS, WAITS[-1], WAITS[-1]]


def test_a_wait_is_longer_by_a_random_share_of_the_jitter() -> None:
    at = retry_at(NINE, 3, WAITS, jitter=0.5, chance=0.5)
    assert at - NINE == timedelta(minutes=75)


def test_what_is_deferred_in_the_evening_is_tried_in_the_morning() -> None:
    evening = datetime(2020, 7, 22, 16, 58, tzinfo=UTC)
    assert retry_at(evening, 1, WAITS, OFFICE) == datetime(2020, 7, 23, 7, tzinfo=UTC)
    assert retry_at(evening, 1, WAITS) == datetime(2020, 7, 22, 17, 3, tzinfo=UTC)


@given(
    now=st.timedeltas(timedelta(), timedelta(days=4000)).map(lambda later: NINE + later),
    attempts=st.integers(1, 10),
    waits=st.lists(st.timedeltas(timedelta(seconds=1), timedelta(days=7)), min_size=1, max_size=4),
    times=st.sampled_from([ANY_TIME, OFFICE, WORKING]),
    jitter=st.floats(0, 1),
    chance=st.floats(0, 1),
)
def test_a_retry_is_never_sooner_than_its_wait_nor_outside_the_hours(
    now: datetime,
    attempts: int,
    waits: list[timedelta],
    times: SendingTimes,
    jitter: float,
    chance: float,
) -> None:
    at = retry_at(now, attempts, waits, times, jitter=jitter, chance=chance)
    wait = waits[attempts - 1] if attempts < len(waits) else waits[-1]
    assert at >= now + wait
    assert times.is_open(at)
    if times is WORKING:
        assert at <= now + 2 * wait + timedelta(days=5)
    elif times is OFFICE:
        assert at <= now + 2 * wait + timedelta(days=1)
    else:
        assert at <= now + 2 * wait
