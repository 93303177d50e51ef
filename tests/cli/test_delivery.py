from __future__ import annotations

import json

import pytest

from dispatch.app import App
from dispatch.database.tables import Delivery
from dispatch.domain.notice import Action, Category, Notice
from dispatch.domain.reply import Outcome, Reply
from tests import steps
from tests.cli.conftest import Dispatch
from tests.fakes import FakeClock, FakeTransport
from tests.notices import a_report, a_soft_bounce, came, knows, named, token, wrong_token


def test_deliveries_are_listed_with_the_servers_last_word(
    app: App, dispatch: Dispatch, clock: FakeClock, transport: FakeTransport
) -> None:
    steps.released(app, clock)
    transport.outcomes.append(Outcome.answered(Reply("RCPT", 550, "5.1.1 no such mailbox")))
    steps.send_due(app)

    rows = json.loads(dispatch("delivery", "list", steps.NAME, "--json").output)
    assert [row["kind"] for row in rows] == ["to", "cc"]
    refused = dispatch("delivery", "list", steps.NAME, "--state", "refused").output
    assert "1 delivery of annual-review-2020" in refused
    assert "550 5.1.1" in refused
    assert all(len(line) <= 80 for line in refused.splitlines())


def test_a_long_list_goes_on_where_the_last_one_ended(
    app: App, clock: FakeClock, dispatch: Dispatch
) -> None:
    steps.released(app, clock, "ADU", "OXO")
    words = ("delivery", "list", steps.NAME)
    whole = json.loads(dispatch(*words, "--json").output)
    assert [(each["authority"], each["kind"]) for each in whole] == [
        *(("ADU", "to"), ("ADU", "cc")),
        *(("OXO", "to"), ("OXO", "cc")),
    ]
    found: list[object] = []
    for after in (None, *(each["id"] for each in whole)):
        more = ("--after", after) if after else ()
        found += json.loads(dispatch(*words, "--limit", "1", *more, "--json").output)
    assert found == whole
    shown = " ".join(dispatch(*words, "--limit", "3").output.split())
    assert f"There are more: give --after {whole[2]['id']} for those that follow." in shown


def test_a_state_in_which_there_is_none_is_said_to_be_empty(app: App, dispatch: Dispatch) -> None:
    steps.planned(app)
    assert dispatch("delivery", "list", steps.NAME).output == "No such deliveries.\n"


def test_a_state_that_there_is_not_is_a_misunderstanding(app: App, dispatch: Dispatch) -> None:
    steps.planned(app)
    assert dispatch("delivery", "list", steps.NAME, "--state", "lost").exit_code == 2


@pytest.fixture
def delivery(app: App, clock: FakeClock) -> Delivery:
    steps.released(app, clock, cc_roles=())
    steps.send_due(app)
    [found] = steps.deliveries_of(app).values()
    return found


def shown(dispatch: Dispatch, delivery: Delivery) -> str:
    output = dispatch("delivery", "show", str(delivery.id)[:8]).output
    assert all(len(line) <= 80 for line in output.splitlines())
    return " ".join(output.split())


def test_a_delivery_is_shown_with_its_tries(dispatch: Dispatch, delivery: Delivery) -> None:
    words = shown(dispatch, delivery)
    assert "state accepted" in words
    assert "250 2.0.0 queued" in words
    assert "What came back" not in words


def test_what_came_back_is_shown_beside_it(
    app: App, dispatch: Dispatch, delivery: Delivery, clock: FakeClock
) -> None:
    came(app, a_report(delivery, Action.DELAYED), token(app, delivery), mail=b"1")
    clock.advance(hours=4)
    came(app, a_report(delivery, Action.DELAYED), token(app, delivery), mail=b"2")
    came(app, Notice(category=Category.CHALLENGE), token(app, delivery), mail=b"3")
    came(app, Notice(category=Category.HUMAN, clues=knows(app, delivery)), mail=b"4")
    words = shown(dispatch, delivery)
    assert "delayed since Wed 22 July 2020 09:00 BST" in words
    assert "it waits behind a challenge to the sender, since Wed 22 July 2020 13:00 BST" in words
    assert "its mailbox is there: somebody answered on Wed 22 July 2020 13:00 BST" in words
    found = json.loads(dispatch("delivery", "show", delivery.id, "--json").output)
    assert sorted(each["category"] for each in found["came_back"]) == [
        "challenge",
        "delayed",
        "delayed",
        "human",
    ]
    assert found["tries"][0]["code"] == 250


def test_bounces_are_counted_and_forged_ones_only_listed(
    app: App, dispatch: Dispatch, delivery: Delivery
) -> None:
    for number in range(2):
        came(app, a_soft_bounce(delivery), token(app, delivery), mail=b"%d" % number)
    came(app, a_soft_bounce(delivery, clues=named(delivery)), wrong_token(app, delivery))
    words = shown(dispatch, delivery)
    assert "it came back 2 times" in words
    assert words.count("soft bounce:") == 3


def test_a_mailout_says_what_is_delayed_and_who_is_challenged(
    app: App, dispatch: Dispatch, delivery: Delivery
) -> None:
    came(app, a_report(delivery, Action.DELAYED), token(app, delivery), mail=b"1")
    status = dispatch("mailout", "status", steps.NAME).output
    assert "1 on the way" in status
    assert "1 of 1" in status
    came(app, Notice(category=Category.CHALLENGE), token(app, delivery), mail=b"2")
    status = dispatch("mailout", "status", steps.NAME).output
    assert "0 of 1" in status
    assert "OXO challenged" in status
    came(app, Notice(category=Category.HUMAN, clues=knows(app, delivery)), mail=b"3")
    assert "1 of 1" in dispatch("mailout", "status", steps.NAME).output


def test_a_mailout_says_what_is_held_against_us(
    app: App, dispatch: Dispatch, delivery: Delivery
) -> None:
    came(app, a_soft_bounce(delivery, is_about_us=True), token(app, delivery))
    status = " ".join(dispatch("mailout", "status", steps.NAME).output.split())
    assert "1 came back because of our own server or domain" in status
    assert "1 bounced" in status
