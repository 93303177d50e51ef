from __future__ import annotations

import json

from dispatch.app import App
from dispatch.domain.reply import Outcome, Reply
from tests import steps
from tests.cli.conftest import Dispatch
from tests.fakes import FakeClock, FakeTransport


def test_deliveries_are_listed_with_the_servers_last_word(
    app: App, dispatch: Dispatch, clock: FakeClock, transport: FakeTransport
) -> None:
    steps.released(app, clock)
    transport.outcomes.append(Outcome.answered(Reply("RCPT", 550, "5.1.1 no such mailbox")))
    steps.send_due(app)

    rows = json.loads(dispatch("delivery", "list", steps.NAME, "--json").output)
    assert [row["kind"] for row in rows] == ["to", "cc"]
    refused = dispatch("delivery", "list", steps.NAME, "--state", "refused").output
    assert "1 deliveries of annual-review-2020" in refused
    assert "550 5.1.1" in refused
    assert all(len(line) <= 80 for line in refused.splitlines())


def test_a_state_in_which_there_is_none_is_said_to_be_empty(app: App, dispatch: Dispatch) -> None:
    steps.planned(app)
    assert dispatch("delivery", "list", steps.NAME).output == "No deliveries in that state.\n"


def test_a_state_that_there_is_not_is_a_misunderstanding(app: App, dispatch: Dispatch) -> None:
    steps.planned(app)
    assert dispatch("delivery", "list", steps.NAME, "--state", "lost").exit_code == 2
