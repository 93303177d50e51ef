from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.domain.errors import ImpossibleMove
from dispatch.domain.hours import ReminderHours, SendingHours
from dispatch.domain.tracking.reminders import (
    GRACE,
    LATEST,
    LIFE,
    OFFERED,
    ReminderState,
    Timetable,
    came_to,
)
from tests.domain.test_hours import some_times
from tests.factories import RELEASE_AT, a_plan

ENDS_AT = datetime(2020, 7, 29, 23, tzinfo=UTC)
"""The end of the upload's day in London."""

moments = st.integers(-2_000, 14_000).map(lambda minute: RELEASE_AT + timedelta(minutes=minute))
reminders = st.builds(ReminderHours, some_times, st.booleans())


def hours(*times: time, released_at: datetime = RELEASE_AT, **plan: object) -> Timetable:
    chosen = ReminderHours(times or (time(9), time(14)))
    return Timetable(a_plan(reminders=chosen, **plan), released_at, ())


@given(reminders, moments)
def test_what_is_due_has_come_is_not_late_and_nothing_came_after_it(
    chosen: ReminderHours, now: datetime
) -> None:
    found = Timetable(a_plan(reminders=chosen), RELEASE_AT, ())
    if (current := found.current(now)) is None:
        return
    assert RELEASE_AT + GRACE <= current <= now < ENDS_AT
    assert now - current <= LATEST
    following = found.next(current)
    assert following is None or following > now


@given(reminders, moments)
def test_every_hour_to_come_is_due_when_it_comes(chosen: ReminderHours, now: datetime) -> None:
    found = Timetable(a_plan(reminders=chosen), RELEASE_AT, ())
    slots = [now]
    while (slot := found.next(slots[-1])) is not None:
        slots.append(slot)
        assert found.current(slot) == slot
    assert all(one < other for one, other in pairwise(slots))
    assert all(RELEASE_AT + GRACE <= slot < ENDS_AT for slot in slots[1:])


def test_letters_have_some_time_from_when_they_may_leave() -> None:
    late = datetime(2020, 7, 22, 18, 30, tzinfo=UTC)  # half past seven in the evening
    assert hours(time(20, 15), time(20, 30), released_at=late).next(late) == datetime(
        2020, 7, 22, 19, 30, tzinfo=UTC
    )
    nightly = hours(
        time(8), time(9), released_at=late, sending_hours=SendingHours(time(8), time(18))
    )
    assert nightly.next(late) == datetime(2020, 7, 23, 8, tzinfo=UTC)


def test_a_plan_without_reminders_has_no_hours() -> None:
    found = Timetable(a_plan(), RELEASE_AT, ())
    assert found.current(RELEASE_AT + timedelta(hours=5)) is None
    assert found.next(RELEASE_AT) is None


def test_after_the_day_of_the_upload_there_is_none() -> None:
    late = hours(time(23, 30))
    last = datetime(2020, 7, 29, 22, 30, tzinfo=UTC)
    assert late.next(last - timedelta(minutes=1)) == late.current(last) == last
    assert late.next(last) is None
    assert late.current(ENDS_AT - timedelta(seconds=1)) == last
    assert late.current(ENDS_AT) is None


def test_the_new_year_and_its_holidays_are_counted() -> None:
    plan = a_plan(
        reminders=ReminderHours((time(9),)),
        letter_date=date(2020, 12, 30),
        upload_date=date(2021, 1, 6),
    )
    found = Timetable(plan, plan.release_at, {date(2021, 1, 1)})
    first = found.next(datetime(2020, 12, 31, 9, tzinfo=UTC))
    assert first == datetime(2021, 1, 4, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("verdicts", "state"),
    [
        (["accepted", "refused"], ReminderState.ACCEPTED),
        (["accepted", "deferred", "in_doubt"], ReminderState.DEFERRED),
        (["in_doubt", "refused"], ReminderState.IN_DOUBT),
        (["refused"], ReminderState.REFUSED),
    ],
)
def test_several_addresses_come_to_one_state(verdicts: list[str], state: ReminderState) -> None:
    assert came_to(verdicts) is state


def test_without_a_verdict_there_is_nothing_to_sum_up() -> None:
    with pytest.raises(ValueError, match="no verdict"):
        came_to([OFFERED])


def test_what_has_a_verdict_keeps_it_unless_it_was_deferred() -> None:
    ends = LIFE.ends
    assert ends == set(ReminderState) - {ReminderState.OFFERED, ReminderState.DEFERRED}
    assert LIFE.move(ReminderState.DEFERRED, ReminderState.OFFERED) is ReminderState.OFFERED
    with pytest.raises(ImpossibleMove, match="a reminder that is in_doubt cannot become offered"):
        LIFE.move(ReminderState.IN_DOUBT, ReminderState.OFFERED)
