from __future__ import annotations

import json
import threading
from dataclasses import replace
from datetime import timedelta

from click.testing import CliRunner

from dispatch.app import App
from dispatch.cli import main
from dispatch.db import queries
from tests import steps
from tests.cli.conftest import Dispatch
from tests.fakes import FakeClock


def test_a_draft_has_nothing_to_count_and_nobody_running(app: App, dispatch: Dispatch) -> None:
    steps.planned(app)
    output = dispatch("mailout", "status", steps.NAME).output
    assert "no clock and no worker is running" in output
    assert "in 9 days, 7 of them working days" in output
    assert all(len(line) <= 80 for line in output.splitlines())


def test_what_was_sent_is_counted(app: App, dispatch: Dispatch, clock: FakeClock) -> None:
    steps.released(app, clock, "OXO", "ADU")
    steps.send_due(app)
    steps.tick(app)
    output = dispatch("mailout", "status", steps.NAME).output
    assert "4 accepted" in output
    assert "2 of 2" in output
    data = json.loads(dispatch("mailout", "status", steps.NAME, "--json").output)
    assert (data["state"], data["deliveries"], data["reached"], data["unreached"]) == (
        "sent",
        {"accepted": 4},
        2,
        [],
    )


def test_who_is_not_reached_is_named(app: App, dispatch: Dispatch, clock: FakeClock) -> None:
    codes = [f"A{number:02}" for number in range(14)]
    steps.released(app, clock, *codes)
    output = dispatch("mailout", "status", steps.NAME).output
    assert "A00, A01" in output
    assert "and 2 more" in " ".join(output.split())


def test_a_remark_a_past_upload_and_a_shifted_clock_are_shown(app: App, clock: FakeClock) -> None:
    steps.scheduled(app)
    clock.advance(days=20)
    steps.tick(app)
    shifted = replace(app, settings=app.settings.model_copy(update={"clock_offset": 1.0}))
    output = CliRunner().invoke(main, ["mailout", "status", steps.NAME], obj=shifted).output
    assert "not-after time passed before it could be released" in " ".join(output.split())
    assert "11 days ago" in output
    assert "shifted: it is taken to be" in output


def test_a_running_clock_is_no_reason_to_warn(app: App, dispatch: Dispatch) -> None:
    steps.planned(app)
    with app.sessions.begin() as session:
        queries.beat(session, "clock", "clock", app.clock(), timedelta(seconds=10))
    assert "warning" not in dispatch("mailout", "status", steps.NAME).output


def test_watching_ends_when_the_mailout_does(
    app: App, dispatch: Dispatch, clock: FakeClock
) -> None:
    steps.released(app, clock)

    def finish() -> None:
        steps.send_due(app)
        steps.tick(app)

    timer = threading.Timer(0.3, finish)
    timer.start()
    result = dispatch("mailout", "status", steps.NAME, "--watch")
    timer.join()
    assert result.exit_code == 0
    assert "sent" in result.output
