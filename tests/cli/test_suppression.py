from __future__ import annotations

import json

from sqlalchemy import update

from dispatch.app import App
from dispatch.database.tables import Delivery
from dispatch.domain.delivery import DeliveryState
from tests import steps
from tests.cli.conftest import Dispatch
from tests.fakes import FakeClock

CHIEF = "chief.executive@oxo.example"
SAID = ("--as", "alex", "--because", "they asked")


def test_an_address_is_added_listed_and_lifted(
    app: App, dispatch: Dispatch, clock: FakeClock
) -> None:
    steps.released(app, clock)
    assert dispatch("suppression", "list").output == "No address is suppressed.\n"
    assert dispatch("suppression", "add", CHIEF.upper(), *SAID).output == (
        f"{CHIEF} is suppressed: no letter goes there until that is lifted.\n"
        "Not sent: the letter of OXO to its chief executive.\n"
    )
    output = dispatch("suppression", "list").output
    words = " ".join(output.split())
    assert "1 suppression" in words
    assert "they asked" in words
    assert all(len(line) <= 80 for line in output.splitlines())
    assert dispatch("suppression", "lift", CHIEF, *SAID).output == (
        f"Letters may go to {CHIEF} again, from the next release on.\n"
        "Was not sent, and can be resent: the letter of OXO to its chief executive "
        "(annual-review-2020).\n"
    )
    assert dispatch("suppression", "list").output == "No address is suppressed.\n"


def test_what_was_lifted_is_listed_with_the_rest(app: App, dispatch: Dispatch) -> None:
    steps.planned(app)
    dispatch("suppression", "add", CHIEF, *SAID)
    dispatch("suppression", "lift", CHIEF, "--because", "a mistake")
    dispatch("suppression", "add", "x@oxo.example", *SAID)
    words = " ".join(dispatch("suppression", "list", "--all").output.split())
    assert "2 suppressions" in words
    assert "mistake" in words
    rows = json.loads(dispatch("suppression", "list", "--all", "--json").output)
    assert [(row["address"], row["added_by"], row["lifted_by"]) for row in rows] == [
        (CHIEF, "alex", "sam"),
        ("x@oxo.example", "alex", None),
    ]
    [row] = json.loads(dispatch("suppression", "list", "--json").output)
    assert row["reason"] == "they asked"


def test_what_is_on_its_way_is_said(app: App, dispatch: Dispatch, clock: FakeClock) -> None:
    steps.released(app, clock)
    with app.sessions.begin() as session:
        until = clock() + app.lease
        session.execute(update(Delivery).values(state=DeliveryState.CLAIMED, lease_until=until))
    output = dispatch("suppression", "add", CHIEF, *SAID).output
    assert "1 letter is being sent right now and may still go out." in output


def test_what_is_not_suppressed_cannot_be_lifted(app: App, dispatch: Dispatch) -> None:
    steps.planned(app)
    result = dispatch("suppression", "lift", CHIEF, *SAID)
    assert (result.exit_code, "is not suppressed" in result.output) == (1, True)
    assert dispatch("suppression", "add", CHIEF).exit_code == 2
