from __future__ import annotations

import json
import sys
import threading
from dataclasses import replace
from datetime import UTC, datetime, time
from pathlib import Path
from types import SimpleNamespace

import click
import pytest

from dispatch.app import App
from dispatch.cli.output import show
from dispatch.domain.hours import SendingHours
from dispatch.domain.mailout import MailoutState
from dispatch.domain.reply import Outcome, Verdict
from tests import steps
from tests.cli.conftest import Dispatch
from tests.factories import contact_in
from tests.fakes import ACCEPTED, FakeClock, FakeTransport

ROOT = Path(__file__).parents[2]
PLAN = ROOT / "config/mailouts/annual-review-2020.toml"
WHY = ("--because", "a council merged")


def test_a_plan_is_taken_in_and_shown(dispatch: Dispatch) -> None:
    assert (
        "Next: dispatch mailout check annual-review-2020" in dispatch("mailout", "new", PLAN).output
    )
    shown = dispatch("mailout", "show", steps.NAME).output
    assert "Wed 22 July 2020 09:00 BST" in shown
    assert "29 July 2020" in shown
    assert all(len(line) <= 80 for line in shown.splitlines())
    data = json.loads(dispatch("mailout", "show", steps.NAME, "--json").output)
    assert data["plan"]["letter_date"] == "2020-07-22"


def test_mailouts_are_listed(dispatch: Dispatch) -> None:
    assert json.loads(dispatch("mailout", "list", "--json").output) == []
    assert "dispatch mailout new FILE.toml" in dispatch("mailout", "list").output
    dispatch("mailout", "new", PLAN)
    [row] = json.loads(dispatch("mailout", "list", "--json").output)
    assert (row["name"], row["state"]) == (steps.NAME, "draft")
    assert "annual-review-2020" in dispatch("mailout", "list").output


def test_a_name_that_there_is_not_is_answered_with_what_to_do(dispatch: Dispatch) -> None:
    result = dispatch("mailout", "show", "annual-review-1999")
    assert (result.exit_code, result.output) == (
        1,
        ("Error: no mailout is called 'annual-review-1999'\nRun: dispatch mailout new FILE.toml\n"),
    )


def test_a_check_says_that_all_is_well_and_what_is_next(app: App, dispatch: Dispatch) -> None:
    steps.planned(app, "OXO", "ADU")
    result = dispatch("mailout", "check", steps.NAME)
    assert result.exit_code == 0
    assert "2 letters to 4 recipients can be made." in result.output
    assert "dispatch mailout render" in result.output


def test_a_check_says_that_no_letter_goes_first(app: App, dispatch: Dispatch) -> None:
    steps.planned(app, "OXO", cc_roles=(), first_letters_minutes=15)
    assert "None goes first" in dispatch("mailout", "check", steps.NAME).output


def test_a_check_suggests_no_rendering_once_letters_have_gone(
    app: App, clock: FakeClock, dispatch: Dispatch
) -> None:
    steps.released(app, clock, "OXO")
    result = dispatch("mailout", "check", steps.NAME)
    assert result.exit_code == 0
    assert "Next" not in result.output


def test_a_check_says_what_is_missing_and_fails(app: App, dispatch: Dispatch) -> None:
    steps.planned(app, "OXO", "ADU")
    with app.sessions.begin() as session:
        contact_in(session, "ADU").role = "leader"
    result = dispatch("mailout", "check", steps.NAME)
    assert result.exit_code == 1
    assert "has no chief executive to write to" in result.output
    data = json.loads(dispatch("mailout", "check", steps.NAME, "--json").output)
    assert (data["is_ready"], data["letters"]) == (False, 1)
    assert data["findings"][0]["authority"] == "ADU"


def test_rendering_waits_for_the_workers_and_ends_when_they_are_done(
    app: App, dispatch: Dispatch
) -> None:
    steps.planned(app, "OXO", "ADU")
    with steps.working(app):
        result = dispatch("mailout", "render", steps.NAME)
    assert result.exit_code == 0, result.output
    assert "2 letters to make, 0 up to date already." in result.output
    assert "dispatch mailout approve" in result.output
    assert steps.state_of(app) is MailoutState.RENDERED


def test_letters_that_cannot_be_made_fail_the_command_with_the_reason(
    app: App, dispatch: Dispatch
) -> None:
    steps.planned(app, constants={})
    dispatch_render = threading.Thread(target=lambda: _render_soon(app))
    dispatch_render.start()
    result = dispatch("mailout", "render", steps.NAME)
    dispatch_render.join()
    assert result.exit_code == 1
    assert "1 letter could not be made:" in result.output
    assert "OXO: " in result.output


def _render_soon(app: App) -> None:
    while not steps.letters_of(app):
        threading.Event().wait(0.02)
    steps.render_wanted(app)


def test_proofs_are_sent_after_asking(
    app: App, dispatch: Dispatch, transport: FakeTransport
) -> None:
    steps.rendered(app)
    words = ("mailout", "proof", steps.NAME, "--to", "reader@ombudsman.example")
    assert dispatch(*words, answer="n\n").exit_code == 3
    assert not transport.sent

    result = dispatch(*words, "--authority", "OXO", "--yes")
    assert result.exit_code == 0
    assert "OXO" in result.output
    assert len(transport.sent) == 1


@pytest.mark.parametrize("verdict", [each for each in Verdict if each is not Verdict.ACCEPTED])
def test_a_proof_that_the_server_did_not_take_fails_the_command(
    app: App, dispatch: Dispatch, transport: FakeTransport, verdict: Verdict
) -> None:
    steps.rendered(app, "OXO", "ADU")
    transport.outcomes += [ACCEPTED, Outcome(verdict, trouble="so it is")]
    words = ("--to", "r@ombudsman.example", "--authority", "OXO", "--authority", "ADU")
    result = dispatch("mailout", "proof", steps.NAME, *words, "--yes")
    assert result.exit_code == 1
    assert "OXO" in result.output
    assert "so it is" in result.output


def test_without_a_server_no_proof_is_sent_and_the_person_is_told(
    app: App, dispatch: Dispatch, transport: FakeTransport
) -> None:
    steps.rendered(app)
    transport.trouble = Outcome(Verdict.DEFERRED, trouble="nobody answers")
    result = dispatch("mailout", "proof", steps.NAME, "--to", "r@ombudsman.example", "--yes")
    assert (result.exit_code, "no proof was sent: nobody answers" in result.output) == (75, True)


def test_approval_prints_the_digest(app: App, dispatch: Dispatch) -> None:
    steps.rendered(app)
    result = dispatch("mailout", "approve", steps.NAME, "--as", "alex")
    assert result.exit_code == 0, result.output
    assert result.stdout.strip() == steps.mailout_of(app).approved_digest


def test_the_person_at_the_keyboard_approves_where_no_other_is_named(
    app: App, dispatch: Dispatch
) -> None:
    steps.rendered(app)
    result = dispatch("mailout", "approve", steps.NAME)
    assert result.exit_code == 4
    assert "sam had the letters of annual-review-2020 rendered" in result.output
    assert "compare with what you know" not in result.output


def test_stale_letters_are_not_approved_and_each_is_named(app: App, dispatch: Dispatch) -> None:
    steps.rendered(app)
    with app.sessions.begin() as session:
        contact_in(session, "OXO").surname = "Okoro"
    result = dispatch("mailout", "approve", steps.NAME, "--as", "alex")
    assert result.exit_code == 1
    assert "OXO: addressee and recipients changed" in result.output
    assert steps.state_of(app) is MailoutState.DRAFT


def test_scheduling_shows_what_will_leave_and_asks(app: App, dispatch: Dispatch) -> None:
    steps.approved(app, "OXO", "ADU")
    refused = dispatch("mailout", "schedule", steps.NAME, answer="n\n")
    assert "Send 2 letters to 4 recipients at Wed 22 July 2020 09:00 BST?" in refused.output
    assert refused.exit_code == 3
    assert steps.state_of(app) is MailoutState.APPROVED

    assert dispatch("mailout", "schedule", steps.NAME, answer="y\n").exit_code == 0
    assert steps.state_of(app) is MailoutState.SCHEDULED


@pytest.mark.parametrize(
    ("hour", "question"),
    [
        (9, "Send 1 letter to 2 recipients at once?"),
        (20, "Send 1 letter to 2 recipients at Fri 24 July 2020 08:00 BST?"),
    ],
)
def test_scheduling_too_late_asks_whether_to_send_at_once(
    app: App, clock: FakeClock, dispatch: Dispatch, hour: int, question: str
) -> None:
    steps.approved(app, "OXO", sending_hours=SendingHours(time(8), time(20)))
    clock.now = datetime(2020, 7, 23, hour, tzinfo=UTC)
    asked = dispatch("mailout", "schedule", steps.NAME, answer="n\n").output
    dated = "The letters are dated 22 July 2020, and their time, 09:00, has passed."
    assert f"{dated} {question}" in asked


def test_what_is_not_approved_cannot_be_scheduled(app: App, dispatch: Dispatch) -> None:
    steps.rendered(app)
    result = dispatch("mailout", "schedule", steps.NAME, "--yes")
    assert result.exit_code == 4
    assert "dispatch mailout approve annual-review-2020 --as PERSON" in result.output


def test_it_is_held_and_let_go(app: App, dispatch: Dispatch, clock: FakeClock) -> None:
    steps.released(app, clock)
    assert "dispatch mailout resume" in dispatch("mailout", "pause", steps.NAME, *WHY).output
    assert steps.state_of(app) is MailoutState.PAUSED
    assert (
        f"{steps.NAME} is paused already" in dispatch("mailout", "pause", steps.NAME, *WHY).output
    )
    event = steps.events(app)[-1]
    assert event.detail == {"because": "a council merged", "at_keyboard": "sam"}
    unanswered = dispatch("mailout", "resume", steps.NAME, answer="")
    assert unanswered.exit_code == 3
    assert "nobody is there to answer. Give --yes" in unanswered.output
    assert "is releasing again" in dispatch("mailout", "resume", steps.NAME, "--yes").output


def test_it_is_stopped_permanently(app: App, dispatch: Dispatch, clock: FakeClock) -> None:
    steps.released(app, clock)
    result = dispatch("mailout", "cancel", steps.NAME, *WHY, "--yes")
    assert "2 deliveries will not leave" in result.output
    assert steps.state_of(app) is MailoutState.CANCELLED


@pytest.mark.parametrize("verb", ["pause", "resume"])
def test_what_the_rules_forbid_is_said_in_one_line(app: App, dispatch: Dispatch, verb: str) -> None:
    steps.planned(app)
    words = ["--yes"] if verb == "resume" else WHY
    result = dispatch("mailout", verb, steps.NAME, *words)
    assert (result.exit_code, len(result.output.splitlines())) == (1, 1)


def test_a_mailout_is_not_stopped_for_a_reason_without_words(
    app: App, dispatch: Dispatch, clock: FakeClock
) -> None:
    steps.released(app, clock)
    assert dispatch("mailout", "cancel", steps.NAME, "--because", "  ", "--yes").exit_code
    assert steps.state_of(app) is MailoutState.RELEASING


def test_that_a_script_gave_no_reason_is_on_record(
    app: App, dispatch: Dispatch, clock: FakeClock
) -> None:
    steps.released(app, clock)
    assert dispatch("mailout", "pause", steps.NAME).exit_code == 0
    assert dispatch("mailout", "cancel", steps.NAME, "--yes").exit_code == 0
    stopped = {"mailout.paused", "mailout.cancelled"}
    said = [each.detail["because"] for each in steps.events(app) if each.action in stopped]
    assert said == ["no reason was given"] * 2


def test_a_person_at_a_terminal_is_asked_for_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(isatty=lambda: True))
    monkeypatch.setattr(click, "prompt", lambda question, err: f"{question} Because.")
    assert show.reason(None) == "Why? Because."
    assert show.reason("a merger") == "a merger"
    assert show.reason(None, is_agreed=True) == "no reason was given"


@pytest.mark.parametrize("login", ["worker", "Clock"])
def test_a_login_by_the_name_of_a_service_may_not_act(
    app: App, dispatch: Dispatch, login: str
) -> None:
    steps.approved(app)
    result = dispatch("mailout", "schedule", steps.NAME, "--yes", obj=replace(app, person=login))
    assert (result.exit_code, "is not the name of a person" in result.output) == (1, True)
    assert steps.state_of(app) is MailoutState.APPROVED


def test_two_mailouts_of_one_year_the_second_is_stopped_with_the_first_ones_name(
    app: App, dispatch: Dispatch
) -> None:
    steps.scheduled(app)
    steps.second_approved(app)
    first = f"{steps.NAME} (scheduled, to leave on Wed 22 July 2020 09:00 BST)"
    checked = " ".join(dispatch("mailout", "check", steps.SECOND).output.split())
    assert f"look other mailouts: {first} sends the same letter of 2019-20" in checked

    refused = dispatch("mailout", "schedule", steps.SECOND, "--yes")
    assert refused.exit_code == 1
    assert first in refused.output
    assert f"Run: dispatch mailout schedule {steps.SECOND} --although TEXT\n" in refused.output
    assert dispatch("mailout", "schedule", steps.SECOND, "--yes", "--although", "a trial")
    [row, _] = json.loads(dispatch("mailout", "list", "--json").output)
    assert row["state"] == "scheduled"


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("schedule",), "render"),
        (("resume",), "draft"),
        (("cancel", "--because", "x"), None),
        (("schedule", "absent"), "absent"),
    ],
)
def test_what_cannot_be_done_is_refused_before_anybody_is_asked(
    app: App, dispatch: Dispatch, words: tuple[str, ...], why: str | None
) -> None:
    steps.planned(app)
    command, *more = words
    name = ["absent"] if "absent" in more else [steps.NAME]
    options = [each for each in more if each != "absent"]
    result = dispatch("mailout", command, *name, *options, answer="n\n")
    assert result.exit_code == (1 if why else 3)
    assert ("[y/N]" in result.output) == (why is None)
    assert why is None or why in result.output
    assert steps.state_of(app) is MailoutState.DRAFT


def test_a_dry_run_plans_nothing(dispatch: Dispatch) -> None:
    said = dispatch("mailout", "new", PLAN, "--dry-run")
    assert said.output == f"{steps.NAME} would be planned. Nothing was changed.\n"
    assert json.loads(dispatch("mailout", "list", "--json").output) == []
