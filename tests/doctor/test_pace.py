"""Whether the letters fit into their time."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from dispatch.app import App
from dispatch.doctor import pace, store
from dispatch.doctor.pace import verdict
from dispatch.domain.doctor.finding import Level
from dispatch.domain.hours import SendingHours
from dispatch.domain.sending.forecast import Slowest
from tests import steps
from tests.doctor.offices import faults, office, words
from tests.fakes import FakeClock

STOPS, LOOK = Level.STOPS, Level.LOOK
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("needs", "there_is", "level"),
    [
        (HOUR, 5 * HOUR, Level.FINE),
        (3 * HOUR, 5 * HOUR, LOOK),
        (6 * HOUR, 5 * HOUR, STOPS),
        (HOUR, timedelta(), STOPS),
        (None, 5 * HOUR, Level.FINE),
        (None, timedelta(), STOPS),
    ],
)
def test_what_takes_longer_than_there_is_time_is_found(
    needs: timedelta | None, there_is: timedelta, level: Level
) -> None:
    needed = needs and Slowest("smtp", 692, needs)
    found = verdict("annual-review-2021", 692, needed or None, there_is)
    assert found.level is level
    assert words([found])


NOT_AFTER = datetime(2020, 7, 22, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("plan", "changes", "expected"),
    [
        ({}, {"rate": "60/m"}, {}),
        ({}, {}, {}),
        ({"not_after": NOT_AFTER}, {"rate": "3/h"}, {"pace": STOPS}),  # four letters in an hour
        ({"not_after": NOT_AFTER}, {"rate": "6/h"}, {"pace": LOOK}),
        ({"sending_hours": SendingHours(time(12), time(13))}, {"rate": "2/h"}, {}),
        (
            {"sending_hours": SendingHours(time(12), time(13)), "not_after": NOT_AFTER},
            {},
            {"pace": STOPS},
        ),
    ],
)
def test_the_letters_of_a_mailout_are_counted(
    app: App, plan: dict[str, Any], changes: dict[str, Any], expected: dict[str, Level]
) -> None:
    name = steps.rendered(app, "OXO", "BIR", **plan)
    found = list(pace.find(office(app, **changes), name))
    assert faults(found) == expected
    assert words(found)


def test_without_a_name_every_mailout_that_is_not_over_is_looked_at(
    app: App, clock: FakeClock
) -> None:
    steps.planned(app)
    assert [each.check for each in pace.find(office(app), None)] == ["pace"]
    clock.advance(days=60)
    assert faults(pace.find(office(app), None)) == {"pace": STOPS}


def test_a_mailout_that_is_not_there_is_told_by_the_recipients_alone(app: App) -> None:
    assert list(pace.find(office(app), "nothing")) == []


def test_more_letters_than_the_provider_takes_in_a_day_are_found(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = steps.rendered(app, "OXO", "BIR")
    at = office(app, smtp_url="smtp://smtp.gmail.com")
    assert faults(pace.find(at, name)) == {}
    monkeypatch.setattr(store, "domains", lambda *_: Counter({"council.example": 2001}))
    found = list(pace.find(at, name))
    assert faults(found) == {"pace.day": LOOK}
    assert "2,001 letters, and Gmail takes 2,000 a day" in words(found)
