from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from dispatch.domain.sending.timekeeping import (
    EVENLY_FOR,
    NOTHING,
    SETTLING,
    Reading,
    Timekeeping,
    keep,
    now_by,
)

NOON = datetime(2020, 7, 20, 12, 0, tzinfo=UTC)
WEEK = timedelta(days=7)
HOURS = timedelta(hours=2)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)


def reading(passed: timedelta, ahead: timedelta = NOTHING, boot: str = "a") -> Reading:
    """What the clocks show so long after noon, if the one that can be set is ahead."""
    return Reading(NOON + passed + ahead, 1000 + passed.total_seconds(), boot)


def kept(*looks: tuple[timedelta, timedelta]) -> Timekeeping:
    """Look at the clocks once at noon and then so long after it, with so much ahead."""
    noted = keep(None, None, reading(NOTHING))
    for passed, ahead in looks:
        noted = keep(noted, None, reading(passed, ahead))
    return noted


@pytest.mark.parametrize(
    ("looks", "ahead", "held_for"),
    [
        ([(SECOND, NOTHING)], NOTHING, NOTHING),
        ([(SECOND, timedelta(seconds=4))], NOTHING, NOTHING),  # corrected by seconds
        ([(SECOND, timedelta(seconds=-50))], NOTHING, NOTHING),
        ([(WEEK, NOTHING)], NOTHING, NOTHING),  # stopped, or asleep, for a week
        ([(SECOND, WEEK)], WEEK, EVENLY_FOR),
        ([(SECOND, -HOURS)], -HOURS, EVENLY_FOR),
        ([(SECOND, MINUTE)], MINUTE, EVENLY_FOR),
        ([(SECOND, WEEK), (2 * SECOND, WEEK)], WEEK, EVENLY_FOR - SECOND),
        ([(SECOND, WEEK), (2 * SECOND, NOTHING)], NOTHING, NOTHING),  # right again
        ([(SECOND, WEEK), (MINUTE, HOURS)], HOURS, EVENLY_FOR),  # set once more
        ([(SECOND, WEEK), (SECOND + EVENLY_FOR, WEEK)], NOTHING, NOTHING),  # gone evenly
        ([(HOURS, WEEK)], WEEK, EVENLY_FOR),  # set while no clock process ran
    ],
)
def test_a_clock_that_is_set_by_a_minute_is_not_followed_until_it_has_settled(
    looks: list[tuple[timedelta, timedelta]], ahead: timedelta, held_for: timedelta
) -> None:
    found = kept(*looks)
    assert (found.ahead, found.held_for) == (ahead, held_for)
    passed, shown = looks[-1]
    expected = NOON + passed if ahead else NOON + passed + shown
    assert found.at == expected


def test_a_person_says_that_a_clock_is_right() -> None:
    confirmed = replace(kept((SECOND, WEEK)), held_for=NOTHING)
    found = keep(confirmed, None, reading(2 * SECOND, WEEK))
    assert (found.at, found.is_held) == (NOON + 2 * SECOND + WEEK, False)


def test_that_word_is_for_one_setting_only() -> None:
    confirmed = replace(kept((SECOND, WEEK)), held_for=NOTHING)
    assert keep(confirmed, None, reading(2 * SECOND, HOURS)).is_held


@pytest.mark.parametrize(
    ("passed", "ahead", "held_for"),
    [
        (MINUTE, NOTHING, NOTHING),  # another process took over at once
        (HOURS, NOTHING, SETTLING),
        (WEEK, NOTHING, SETTLING),
        (MINUTE, -HOURS, EVENLY_FOR),  # it was later than this before
    ],
)
def test_after_another_start_of_the_machine_nothing_irrevocable_is_done_at_once(
    passed: timedelta, ahead: timedelta, held_for: timedelta
) -> None:
    found = keep(kept(), None, reading(passed, ahead, boot="b"))
    assert (found.at, found.held_for) == (NOON + passed + ahead, held_for)
    later = keep(found, None, reading(passed + SETTLING, ahead, boot="b"))
    assert later.held_for == max(held_for - SETTLING, NOTHING)


def test_two_clock_processes_on_two_machines_come_to_the_same() -> None:
    first = kept((SECOND, NOTHING))
    other = keep(first, None, reading(SECOND, boot="b"))
    assert not other.is_held
    held = keep(first, other, reading(2 * SECOND, WEEK, boot="b"))
    assert (held.ahead, held.at) == (WEEK, NOON + 2 * SECOND)
    assert keep(held, first, reading(3 * SECOND, WEEK)).held_for == EVENLY_FOR
    believed = keep(replace(held, held_for=NOTHING), other, reading(4 * SECOND, WEEK, boot="b"))
    assert (believed.at, believed.is_held) == (NOON + 4 * SECOND + WEEK, False)
    assert keep(believed, first, reading(5 * SECOND, WEEK)) == replace(
        believed, at=NOON + 5 * SECOND + WEEK, elapsed=1005.0, boot="a"
    )


NOTED = kept()
SET = kept((SECOND, WEEK))
TEN = timedelta(seconds=10)


@pytest.mark.parametrize(
    ("noted", "look", "now", "is_certain"),
    [
        (None, reading(TEN, HOURS), NOON + TEN + HOURS, False),
        (NOTED, reading(TEN, HOURS), NOON + TEN, True),  # a machine's clock is of no account
        (NOTED, reading(HOURS, MINUTE), NOON + HOURS + MINUTE, False),  # no clock process runs
        (NOTED, reading(TEN, 4 * SECOND, boot="b"), NOON + TEN + 4 * SECOND, True),
        (SET, reading(TEN, WEEK, boot="b"), NOON + TEN, True),
        (SET, reading(TEN, NOTHING, boot="b"), NOON + TEN, False),  # set right meanwhile
    ],
)
def test_others_go_by_what_a_clock_process_has_just_noted(
    noted: Timekeeping | None, look: Reading, now: datetime, is_certain: bool
) -> None:
    assert now_by(noted, look) == (now, is_certain)
