from __future__ import annotations

import json

import pytest

from dispatch.app import App
from dispatch.database.tables import Delivery
from dispatch.domain.delivery import DeliveryState
from dispatch.domain.mailout import MailoutState
from dispatch.domain.notice import Category, Notice
from dispatch.domain.reply import Outcome, Verdict
from dispatch.mail.outgoing.headers import message_id
from dispatch.mailouts.store import mailout_named
from tests import steps
from tests.cli.conftest import Dispatch
from tests.fakes import FakeClock, FakeTransport
from tests.notices import came, named

DOUBT = Outcome(Verdict.IN_DOUBT, trouble="no reply to the final dot: timed out")


@pytest.fixture
def delivery(app: App, clock: FakeClock, transport: FakeTransport) -> Delivery:
    """The only delivery of a mailout: it is in doubt."""
    steps.released(app, clock, cc_roles=())
    transport.outcomes.append(DOUBT)
    steps.send_due(app)
    steps.tick(app)
    [found] = steps.deliveries_of(app).values()
    return found


def state(app: App) -> DeliveryState:
    [found] = steps.deliveries_of(app).values()
    return found.state


def test_what_is_in_doubt_is_listed_in_eighty_columns(
    dispatch: Dispatch, delivery: Delivery
) -> None:
    output = dispatch("delivery", "doubtful", steps.NAME).output
    assert "1 delivery of annual-review-2020 is in doubt" in output
    assert str(delivery.id)[:8] in output
    assert "no reply to the" in output
    assert "dispatch delivery settle ID accepted|not-sent --because TEXT" in output
    assert all(len(line) <= 80 for line in output.splitlines())


def test_what_may_be_about_a_letter_in_doubt_is_shown_beside_it(
    app: App, dispatch: Dispatch, delivery: Delivery
) -> None:
    done = came(app, Notice(category=Category.HUMAN, clues=named(delivery)))
    words = " ".join(dispatch("delivery", "doubtful", steps.NAME).output.split())
    assert f"unverified, and perhaps about it: notice {str(done.mail_id)[:8]}" in words


def test_a_program_is_told_all_the_evidence(
    app: App, dispatch: Dispatch, delivery: Delivery
) -> None:
    [row] = json.loads(dispatch("delivery", "doubtful", steps.NAME, "--json").output)
    assert row.pop("tls") is None
    assert row == {
        "id": str(delivery.id),
        "authority": "OXO",
        "kind": "to",
        "role": "chief executive",
        "address": "chief.executive@oxo.example",
        "since": "2020-07-22T08:00:00+00:00",
        "message_id": message_id(delivery.id, app.sender),
        "attempt": 1,
        "envid": f"{delivery.id.hex}.1",
        "server": "mail.test:25",
        "offered_at": "2020-07-22T08:00:00+00:00",
        "ended_at": "2020-07-22T08:00:00+00:00",
        "trouble": "no reply to the final dot: timed out",
    }


def test_many_doubts_are_listed_some_at_a_time(
    app: App, dispatch: Dispatch, clock: FakeClock, transport: FakeTransport
) -> None:
    steps.released(app, clock, "ADU", "OXO", cc_roles=())
    transport.outcomes.extend([DOUBT, DOUBT])
    steps.send_due(app)
    shown = dispatch("delivery", "doubtful", steps.NAME, "--limit", "1").output
    assert "2 deliveries of annual-review-2020 are in doubt" in shown
    first = steps.deliveries_of(app)["chief.executive@adu.example"].id
    assert f"There are more: give --after {first} for those that follow." in shown
    words = ("delivery", "doubtful", steps.NAME, "--after", str(first)[:8])
    [row] = json.loads(dispatch(*words, "--json").output)
    assert row["authority"] == "OXO"


def test_where_nothing_is_in_doubt_it_says_so(app: App, dispatch: Dispatch) -> None:
    steps.planned(app)
    assert dispatch("delivery", "doubtful", steps.NAME).output == "Nothing is in doubt.\n"


def test_a_letter_that_was_not_sent_is_shown_and_asked_about_before_it_leaves(
    app: App, dispatch: Dispatch, delivery: Delivery
) -> None:
    words = ["delivery", "settle", str(delivery.id)[:6], "not-sent", "--because", "no trace of it"]
    refused = dispatch(*words, answer="n\n")
    assert "Send the letter of OXO to chief.executive@oxo.example again now?" in refused.output
    assert (refused.exit_code, state(app)) == (3, DeliveryState.IN_DOUBT)

    agreed = dispatch(*words, "--as", "alex", answer="y\n")
    assert agreed.exit_code == 0
    assert "The letter of OXO to chief.executive@oxo.example is queued." in agreed.output
    assert state(app) is DeliveryState.QUEUED
    assert steps.state_of(app) is MailoutState.RELEASING


def test_a_letter_that_a_server_has_is_not_sent_again(
    app: App, dispatch: Dispatch, delivery: Delivery
) -> None:
    words = ["delivery", "settle", str(delivery.id), "accepted", "--because", "their server's log"]
    result = dispatch(*words, answer="y\n")
    assert "Record that a server has the letter of OXO" in result.output
    assert state(app) is DeliveryState.ACCEPTED


@pytest.mark.parametrize(
    ("mailout", "said"),
    [
        (MailoutState.PAUSED, "again as soon as annual-review-2020, which is paused, goes on?"),
        (MailoutState.CANCELLED, "stays unsent, since annual-review-2020 is cancelled."),
        (MailoutState.UPLOADED, "stays unsent, since annual-review-2020 is uploaded."),
    ],
)
def test_it_is_said_where_the_mailout_keeps_it_from_leaving(
    app: App, dispatch: Dispatch, delivery: Delivery, mailout: MailoutState, said: str
) -> None:
    with app.sessions.begin() as session:
        mailout_named(session, steps.NAME).state = mailout
    words = ["delivery", "settle", delivery.id, "not-sent", "--because", "no trace of it"]
    assert said in dispatch(*words, answer="n\n").output


def test_it_is_said_that_its_time_has_passed(
    app: App, dispatch: Dispatch, clock: FakeClock, delivery: Delivery
) -> None:
    clock.reach(steps.mailout_of(app).plan.not_after)
    words = ["delivery", "settle", delivery.id, "not-sent", "--because", "no trace", "--yes"]
    assert dispatch(*words).output.endswith("is expired.\n")


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (["ffffffff", "accepted", "--because", "x"], 1),
        (["", "accepted", "--because", "x"], 1),
        (["0", "perhaps", "--because", "x"], 2),
        (["0", "accepted"], 2),
    ],
)
def test_what_cannot_be_settled_is_said_without_asking(
    app: App, dispatch: Dispatch, words: list[str], status: int
) -> None:
    steps.planned(app)
    assert dispatch("delivery", "settle", *words).exit_code == status


def test_what_is_settled_already_is_said_to_be_in_one_line(
    dispatch: Dispatch, delivery: Delivery
) -> None:
    words = ["delivery", "settle", delivery.id, "accepted", "--because", "its log", "--yes"]
    dispatch(*words)
    again = dispatch(*words)
    assert (again.exit_code, len(again.output.splitlines())) == (1, 1)
    assert "is accepted, not in doubt" in again.output
