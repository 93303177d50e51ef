from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.domain.errors import RuleBroken
from dispatch.domain.letters.resending import TIME_AFTER_UPLOAD, Choice, ResendRequest, not_after
from tests.factories import a_plan

UPLOAD_ENDS_AT = datetime(2020, 7, 29, 23, tzinfo=UTC)
"""Midnight in London."""


def test_what_is_sent_again_may_leave_until_the_upload_date_ends() -> None:
    assert not_after(a_plan(), datetime(2020, 7, 23, tzinfo=UTC)) == UPLOAD_ENDS_AT


def test_a_plan_that_lets_letters_leave_for_longer_holds() -> None:
    later = datetime(2020, 8, 3, tzinfo=UTC)
    assert not_after(a_plan(not_after=later), datetime(2020, 7, 23, tzinfo=UTC)) == later


@given(st.datetimes(datetime(2019, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 - `timezones` adds it
def test_there_is_always_time_left(now: datetime) -> None:
    until = not_after(a_plan(), now)
    assert until > now
    assert until in {UPLOAD_ENDS_AT, now + TIME_AFTER_UPLOAD}


@pytest.mark.parametrize(
    ("choice", "roles"),
    [
        (Choice.CHANGED, ("chief executive", "link officer")),
        (Choice.BOUNCED, ("chief executive", "link officer")),
        (Choice.UNREACHED, ("chief executive",)),
        (Choice.NAMED, ("chief executive",)),
    ],
)
def test_without_a_role_those_are_meant_that_make_sense(
    choice: Choice, roles: tuple[str, ...]
) -> None:
    assert ResendRequest(choice=choice).roles(a_plan()) == roles


def test_a_role_is_one_that_the_mailout_writes_to() -> None:
    assert ResendRequest(choice=Choice.NAMED, role="Link Officer").roles(a_plan()) == (
        "link officer",
    )
    with pytest.raises(RuleBroken, match="not write to a leader, but to: chief executive, link"):
        ResendRequest(choice=Choice.NAMED, role="leader").roles(a_plan())
