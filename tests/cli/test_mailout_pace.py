"""What check, approval and status say about how long letters take to leave."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from dispatch.app import App
from tests import steps
from tests.cli.conftest import Dispatch
from tests.factories import RELEASE_AT

MINUTE = timedelta(minutes=1)
FIVE = ("OXO", "ADU", "BIR", "CMD", "HOR")
TAKES = "5 letters take 50 min at 0.1 a minute: the last leaves by Wed 22 July 2020 09:50 BST."
TIGHT = "there is 30 min to send in"


def paced(app: App) -> App:
    return replace(app, settings=app.settings.model_copy(update={"rate": 10 * MINUTE}))


@pytest.mark.parametrize("is_tight", [False, True])
def test_check_and_approval_say_how_long_the_letters_take_and_whether_they_fit(
    app: App, dispatch: Dispatch, is_tight: bool
) -> None:
    tight = {"not_after": RELEASE_AT + 30 * MINUTE} if is_tight else {}
    steps.rendered(app, *FIVE, cc_roles=(), **tight)
    checked = dispatch("mailout", "check", steps.NAME, obj=paced(app))
    approved = dispatch("mailout", "approve", steps.NAME, "--as", "alex", obj=paced(app))
    for result in (checked, approved):
        said = " ".join(result.output.split())
        assert TAKES in said
        assert (TIGHT in said) == is_tight


def test_a_program_is_told_as_well(app: App, dispatch: Dispatch) -> None:
    steps.rendered(app, *FIVE, cc_roles=())
    for command in ("check", "status"):
        told = json.loads(dispatch("mailout", command, steps.NAME, "--json", obj=paced(app)).stdout)
        assert told["pace"] == {
            "letters": 5,
            "rate": "0.1 a minute",
            "seconds": 3000,
            "ends_at": "2020-07-22T08:50:00+00:00",
            "fits": True,
        }
    told = json.loads(dispatch("mailout", "check", steps.NAME, "--json").stdout)
    assert told["pace"] is None
