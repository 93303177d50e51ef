from __future__ import annotations

import pytest

from dispatch.app import App
from dispatch.domain.mailout import MailoutState
from tests import steps
from tests.cli.conftest import Dispatch
from tests.fakes import FakeClock


def test_scheduling_shows_what_will_leave_and_asks(app: App, dispatch: Dispatch) -> None:
    steps.approved(app, "OXO", "ADU")
    refused = dispatch("mailout", "schedule", steps.NAME, answer="n\n")
    assert "Send 2 letters to 4 recipients at Wed 22 July 2020 09:00 BST?" in refused.output
    assert refused.exit_code == 1
    assert steps.state_of(app) is MailoutState.APPROVED

    assert dispatch("mailout", "schedule", steps.NAME, answer="y\n").exit_code == 0
    assert steps.state_of(app) is MailoutState.SCHEDULED


def test_what_is_not_approved_cannot_be_scheduled(app: App, dispatch: Dispatch) -> None:
    steps.rendered(app)
    result = dispatch("mailout", "schedule", steps.NAME, "--yes")
    assert result.exit_code == 1
    assert "dispatch mailout approve annual-review-2020 --as PERSON" in result.output


def test_it_is_held_and_let_go(app: App, dispatch: Dispatch, clock: FakeClock) -> None:
    steps.released(app, clock)
    assert "dispatch mailout resume" in dispatch("mailout", "pause", steps.NAME).output
    assert steps.state_of(app) is MailoutState.PAUSED
    assert "is releasing again" in dispatch("mailout", "resume", steps.NAME, "--yes").output


def test_it_is_stopped_for_good(app: App, dispatch: Dispatch, clock: FakeClock) -> None:
    steps.released(app, clock)
    result = dispatch("mailout", "cancel", steps.NAME, "--yes")
    assert "2 deliveries will not leave" in result.output
    assert steps.state_of(app) is MailoutState.CANCELLED


@pytest.mark.parametrize("verb", ["pause", "resume"])
def test_what_the_rules_forbid_is_said_in_one_line(app: App, dispatch: Dispatch, verb: str) -> None:
    steps.planned(app)
    words = ["mailout", verb, steps.NAME] + (["--yes"] if verb == "resume" else [])
    result = dispatch(*words)
    assert (result.exit_code, len(result.output.splitlines())) == (1, 1)
