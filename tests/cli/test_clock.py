from __future__ import annotations

import pytest

from dispatch.app import App
from tests import steps
from tests.cli.conftest import Dispatch
from tests.fakes import FakeClock

SURE = ("--right", "--as", "alex", "--because", "I have looked at the radio clock")


def look(app: App) -> None:
    with app.sessions.begin() as session:
        app.timekeeper.keep(session)


@pytest.mark.parametrize(
    ("set_by", "said"),
    [
        ({"days": 7}, "the clock was set forward by 7 d: nothing is released"),
        ({"hours": -2}, "the clock was set back by 2 h: nothing is released"),
    ],
)
def test_a_person_is_told_of_a_clock_that_was_set_and_says_that_it_is_right(
    app: App, dispatch: Dispatch, clock: FakeClock, set_by: dict[str, float], said: str
) -> None:
    steps.planned(app)
    look(app)
    assert "warning" not in dispatch("clock").output
    clock.set_by(**set_by)
    look(app)
    for words in (("clock",), ("mailout", "status", steps.NAME)):
        shown = " ".join(dispatch(*words).output.split())
        assert said in shown
        assert "dispatch clock --right --because TEXT" in shown
    assert "reason" in dispatch("clock", "--right").output
    assert "taken to be right" in dispatch("clock", *SURE).output
    look(app)
    assert "warning" not in dispatch("clock").output
    assert "nothing is held back" in dispatch("clock", *SURE).output


def test_a_person_is_told_why_nothing_is_released_just_after_a_start(
    app: App, dispatch: Dispatch, clock: FakeClock
) -> None:
    look(app)
    clock.advance(days=1)
    clock.boot = "the second start"
    look(app)
    assert "the clock process was away" in dispatch("clock").output
