from __future__ import annotations

import json

import pytest

from dispatch.app import App
from tests import steps
from tests.cli.conftest import Dispatch
from tests.fakes import FakeClock

ROLE = "chief-executive"


@pytest.fixture
def changed(app: App, dispatch: Dispatch, clock: FakeClock) -> None:
    """A post that changed hands on 20 July and was left empty on 22 July."""
    steps.planned(app)
    words = ("contacts", "set", "OXO", ROLE, "--address", "new@oxo.example")
    said = ("--as", "alex", "--because", "rang up", "--yes")
    assert dispatch(*words, "--name", "Mr Jo Mitchell", *said).exit_code == 0
    clock.advance(days=2)
    gone = ("--as", "kim", "--because", "has left", "--yes")
    assert dispatch("contacts", "end", "OXO", ROLE, *gone).exit_code == 0


@pytest.mark.usefixtures("changed")
def test_a_history_says_who_held_a_role_and_how_that_is_known(dispatch: Dispatch) -> None:
    output = dispatch("contacts", "show", "oxo").output
    words = " ".join(output.split())
    assert "Who held which role at OXO" in words
    for word in ("2020-01-01", "2020-07-20", "2020-07-22", "rang up", "ended:", "replaced by"):
        assert word in words
    assert all(len(line) <= 80 for line in output.splitlines())


@pytest.mark.usefixtures("changed")
@pytest.mark.parametrize(
    ("day", "addresses"),
    [
        ("2019-12-31", []),
        ("2020-07-19", ["chief.executive@oxo.example", "link.officer@oxo.example"]),
        ("20/07/2020", ["new@oxo.example", "link.officer@oxo.example"]),
        ("2020-07-21", ["new@oxo.example", "link.officer@oxo.example"]),
        ("2020-07-22", ["link.officer@oxo.example"]),
    ],
)
def test_who_held_which_role_on_a_day(dispatch: Dispatch, day: str, addresses: list[str]) -> None:
    rows = json.loads(dispatch("contacts", "show", "OXO", "--on", day, "--json").output)
    assert [row["contact"]["address"] for row in rows] == addresses


@pytest.mark.usefixtures("changed")
def test_a_history_for_a_program_has_each_change_with_its_origin(dispatch: Dispatch) -> None:
    before, after, _ = json.loads(dispatch("contacts", "show", "OXO", "--json").output)
    assert (before["from"], before["until"], before["brought"]) == (
        "2020-01-01",
        "2020-07-20",
        None,
    )
    assert before["replaced_by"] == after["contact"]
    assert after["contact"] == {
        "authority": "OXO",
        "role": "chief executive",
        "address": "new@oxo.example",
        "honorific": "Mr",
        "given_name": "Jo",
        "surname": "Mitchell",
        "job_title": None,
    }
    assert (after["brought"]["by"], after["brought"]["because"]) == ("alex", "rang up")
    assert (after["ended"]["by"], after["ended"]["because"]) == ("kim", "has left")


def test_nobody_in_post_is_said_in_words(app: App, dispatch: Dispatch) -> None:
    steps.planned(app)
    output = dispatch("contacts", "show", "OXO", "--on", "2019-01-01").output
    assert output == "Nobody is known to have been in post at OXO on 1 January 2019.\n"


def test_what_is_no_day_and_no_authority_is_refused(app: App, dispatch: Dispatch) -> None:
    steps.planned(app)
    result = dispatch("contacts", "show", "OXO", "--on", "yesterday")
    assert result.exit_code == 2
    assert "is not a day; write it as 2020-07-22" in " ".join(result.output.split())
    result = dispatch("contacts", "show", "OXX")
    assert (result.exit_code, "no authority has the code 'OXX'" in result.output) == (1, True)
