from __future__ import annotations

import json
import threading
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import update

from dispatch.app import App
from dispatch.cli import main
from dispatch.database.tables import Delivery
from dispatch.domain.delivery import DeliveryState
from dispatch.domain.hours import ReminderHours, SendingHours
from dispatch.mail.incoming.imap import Mailbox
from dispatch.mail.sent_folder import SentFolder
from dispatch.sending import sent_copies
from dispatch.tracking import reminders
from dispatch.tracking.store import heartbeats
from dispatch.worker import means
from tests import steps
from tests.cli.conftest import Dispatch
from tests.fakes import FakeClock

LATER: dict[str, Any] = {
    "letter_date": date(2020, 9, 15),
    "upload_date": date(2020, 9, 22),
    "not_after": datetime(2020, 9, 21, 16, tzinfo=UTC),
}
"""Dates so far ahead that nobody is warned about the letters yet."""

CODES = [f"A{number:02}" for number in range(14)]


def put(app: App, code: str, state: DeliveryState) -> None:
    """Give the deliveries to one authority a state."""
    with app.sessions.begin() as session:
        rows = update(Delivery).where(Delivery.authority_code == code)
        session.execute(rows.values(state=state))


def test_a_draft_has_nothing_to_count_and_nobody_running(app: App, dispatch: Dispatch) -> None:
    steps.planned(app)
    output = dispatch("mailout", "status", steps.NAME).output
    assert "no clock and no worker seen lately" in output
    assert "in 9 days, 7 of them working days" in output
    assert "next try" not in output
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


def test_copies_in_the_sent_folder_are_counted_and_their_trouble_is_said(
    app: App, dispatch: Dispatch, clock: FakeClock
) -> None:
    steps.released(app, clock, "OXO", "ADU")
    steps.send_due(app)
    assert "Sent folder" not in dispatch("mailout", "status", steps.NAME).output
    folder = SentFolder(Mailbox("127.0.0.1", 1, "office", "secret", security="none"))
    sent_copies.keep(app.sessions, app.sender, folder, app.clock)
    given = replace(app, sent_folder=folder)
    shown = CliRunner().invoke(main, ["mailout", "status", steps.NAME], obj=given).output
    said = " ".join(shown.split())
    assert "Sent folder 0 of 4 letters have a copy there; trouble since " in said
    assert "127.0.0.1:1: nothing listens there (ConnectionRefusedError); next try at " in said


def test_who_is_not_reached_is_named_with_the_reason_the_hopeless_first(
    app: App, dispatch: Dispatch, clock: FakeClock
) -> None:
    steps.released(app, clock, "ADU", "CMD", "OXO", "WOT", "XYZ", *CODES)
    put(app, "ADU", DeliveryState.DEFERRED)
    put(app, "CMD", DeliveryState.IN_DOUBT)
    put(app, "OXO", DeliveryState.REFUSED)
    put(app, "XYZ", DeliveryState.EXPIRED)
    put(app, "WOT", DeliveryState.ACCEPTED)

    output = dispatch("mailout", "status", steps.NAME).output
    assert (
        "CMD in doubt, OXO refused, XYZ expired, ADU deferred, A00 waiting, A01 waiting"
        in " ".join(output.split())
    )
    assert "A07 waiting, 6 more waiting" in " ".join(output.split())
    assert all(len(line) <= 80 for line in output.splitlines())

    data = json.loads(dispatch("mailout", "status", steps.NAME, "--json").output)
    assert data["unreached"] == [*CODES, "ADU", "CMD", "OXO", "XYZ"]
    assert data["unreached_because"]["OXO"] == "refused"
    assert list(data["unreached_because"]) == data["unreached"]


def test_what_is_in_doubt_is_warned_of_with_where_to_look(
    app: App, dispatch: Dispatch, clock: FakeClock
) -> None:
    steps.released(app, clock, "OXO")
    put(app, "OXO", DeliveryState.IN_DOUBT)
    warning = f"2 in doubt: see `dispatch delivery doubtful {steps.NAME}`"
    assert warning in dispatch("mailout", "status", steps.NAME).output
    data = json.loads(dispatch("mailout", "status", steps.NAME, "--json").output)
    assert warning in data["warnings"]


def test_outside_the_sending_hours_it_says_when_the_next_letter_leaves(
    app: App, dispatch: Dispatch, clock: FakeClock
) -> None:
    steps.released(app, clock, sending_hours=SendingHours(time(8), time(18)))
    assert "next try" not in dispatch("mailout", "status", steps.NAME).output

    clock.reach(datetime(2020, 7, 22, 20, tzinfo=UTC))
    output = dispatch("mailout", "status", steps.NAME).output
    assert "hours       08:00-18:00, every day" in output
    assert "next try    Thu 23 July 2020 08:00 BST" in output


def test_it_tells_when_the_office_was_told_and_when_it_is_next(
    app: App, dispatch: Dispatch, clock: FakeClock
) -> None:
    steps.released(app, clock, reminders=ReminderHours((time(9), time(14))))
    told = replace(app, settings=app.settings.model_copy(update={"office": ("a@b.example",)}))
    alone = dispatch("mailout", "status", steps.NAME).output
    assert "reminders   to nobody: DISPATCH_OFFICE is empty" in alone
    output = dispatch("mailout", "status", steps.NAME, obj=told).output
    assert "reminders   next Wed 22 July 2020 14:00 BST" in output

    clock.reach(datetime(2020, 7, 22, 13, tzinfo=UTC))
    assert reminders.remind(means.reminder_means(told), steps.NAME)
    output = dispatch("mailout", "status", steps.NAME, obj=told).output
    assert (
        "reminders last Wed 22 July 2020 14:00 BST: 1 unreached, accepted; "
        "next Thu 23 July 2020 09:00 BST"
    ) in " ".join(output.split())
    assert all(len(line) <= 80 for line in output.splitlines())
    data = json.loads(dispatch("mailout", "status", steps.NAME, "--json").output)
    assert data["last_reminder"]["kind"] == "unreached"
    assert data["next_reminder_at"] == "2020-07-23T08:00:00+00:00"

    put(app, "OXO", DeliveryState.ACCEPTED)
    for days in (1, 2):
        clock.reach(datetime(2020, 7, 22 + days, 13, tzinfo=UTC))
        assert reminders.remind(means.reminder_means(told), steps.NAME)
    output = " ".join(dispatch("mailout", "status", steps.NAME, obj=told).output.split())
    assert "14:00 BST: all reached, unsent (all are reached, and staff know)" in output


def test_a_remark_a_past_upload_and_a_shifted_clock_are_shown(app: App, clock: FakeClock) -> None:
    steps.scheduled(app)
    clock.advance(days=20)
    steps.tick(app)
    shifted = replace(app, settings=app.settings.model_copy(update={"clock_offset": 1.0}))
    output = CliRunner().invoke(main, ["mailout", "status", steps.NAME], obj=shifted).output
    assert "not-after time passed before it could be released" in " ".join(output.split())
    assert "11 days ago" in output
    assert "shifted: it is taken to be" in output


@pytest.mark.parametrize(
    ("days", "words"),
    [
        pytest.param(7, "in 2 days", id="before"),
        pytest.param(8, "29 July 2020, tomorrow", id="the day before"),
        pytest.param(9, "29 July 2020, today", id="the day"),
        pytest.param(10, "29 July 2020, yesterday", id="the day after"),
        pytest.param(11, "29 July 2020, 2 days ago", id="after"),
    ],
)
def test_the_upload_is_dated_as_people_speak(
    app: App, dispatch: Dispatch, clock: FakeClock, days: int, words: str
) -> None:
    steps.planned(app)
    clock.advance(days=days)
    assert words in dispatch("mailout", "status", steps.NAME).output


def beat(app: App, kind: str, name: str) -> None:
    with app.sessions.begin() as session:
        heartbeats.beat(session, kind, name, app.clock(), timedelta(seconds=10))


def test_clock_and_workers_are_shown_with_when_they_were_last_seen(
    app: App, dispatch: Dispatch, clock: FakeClock
) -> None:
    steps.planned(app, **LATER)
    beat(app, "worker", "celery@host-a")
    clock.advance(minutes=3)
    beat(app, "worker", "celery@host-b")
    clock.advance(seconds=6)
    beat(app, "clock", "clock")
    clock.advance(seconds=2)

    output = dispatch("mailout", "status", steps.NAME).output
    assert "clock       seen 2 s ago" in output
    assert "workers     celery@host-a 3 min ago: silent, celery@host-b 8 s ago" in output
    assert "warning" not in output

    data = json.loads(dispatch("mailout", "status", steps.NAME, "--json").output)
    assert data["clocks"] == {"clock": (clock() - timedelta(seconds=2)).isoformat()}
    assert list(data["workers"]) == ["celery@host-a", "celery@host-b"]
    assert data["warnings"] == []


def test_many_workers_are_counted_and_the_silent_ones_named_first(
    app: App, dispatch: Dispatch, clock: FakeClock
) -> None:
    steps.planned(app)
    beat(app, "worker", "celery@host-z")
    clock.advance(hours=2)
    for number in range(8):
        beat(app, "worker", f"celery@host-{number}")
    output = dispatch("mailout", "status", steps.NAME).output
    assert "workers     celery@host-z 2 h ago: silent, celery@host-0 0 s ago" in output
    assert "celery@host-4 0 s ago, 3 more" in " ".join(output.split())
    assert all(len(line) <= 80 for line in output.splitlines())


@pytest.mark.parametrize(
    ("kinds", "warning"),
    [
        pytest.param((), "no clock and no worker seen lately: nothing moves", id="neither"),
        pytest.param(("clock",), "no worker seen lately: nothing will be rendered", id="clock"),
        pytest.param(("worker",), "no clock seen lately: no letter will be released", id="worker"),
    ],
)
def test_who_is_missing_is_warned_of_with_what_will_not_happen(
    app: App, dispatch: Dispatch, clock: FakeClock, kinds: tuple[str, ...], warning: str
) -> None:
    steps.planned(app, **LATER)
    for kind in ("clock", "worker"):
        beat(app, kind, f"old {kind}")
    clock.advance(minutes=2)
    for kind in kinds:
        beat(app, kind, f"new {kind}")

    output = dispatch("mailout", "status", steps.NAME).output
    assert [line for line in output.splitlines() if line.startswith("warning")] == [
        line for line in output.splitlines() if warning in line
    ]
    assert warning in output


def test_who_was_seen_in_the_future_is_no_help(
    app: App, dispatch: Dispatch, clock: FakeClock
) -> None:
    steps.planned(app)
    beat(app, "clock", "clock")
    clock.advance(days=-3)
    output = dispatch("mailout", "status", steps.NAME).output
    assert "clock       seen 3 d ahead: silent" in output
    assert "no clock and no worker seen lately" in output


def test_of_a_mailout_that_has_ended_nobody_needs_to_be_running(
    app: App, dispatch: Dispatch, clock: FakeClock
) -> None:
    steps.released(app, clock)
    put(app, "OXO", DeliveryState.ACCEPTED)
    steps.tick(app)
    output = dispatch("mailout", "status", steps.NAME).output
    assert "workers     not seen" in output
    assert "warning" not in output


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


def test_the_status_says_by_its_exit_whether_all_are_reached(
    app: App, dispatch: Dispatch, clock: FakeClock
) -> None:
    words = ("mailout", "status", steps.NAME, "--exit-status")
    steps.released(app, clock, "OXO", "ADU")
    assert dispatch(*words).exit_code == 1
    steps.send_due(app)
    steps.tick(app)
    assert dispatch(*words).exit_code == 0
    put(app, "OXO", DeliveryState.REFUSED)
    assert dispatch(*words, "--format", "json").exit_code == 1
    assert dispatch("mailout", "status", steps.NAME).exit_code == 0
