from __future__ import annotations

import json

import pytest

from dispatch.app import App
from dispatch.domain.delivery import DeliveryState
from dispatch.domain.mailout import MailoutState
from dispatch.mailouts.store import mailout_named
from dispatch.sending.store import deliveries
from tests import steps
from tests.cli.conftest import Dispatch
from tests.factories import contact_in
from tests.fakes import FakeClock

CODES = [f"A{number:02}" for number in range(12)]
RESEND = ("resend", steps.NAME, "--because", "new in post")


@pytest.fixture
def changed(app: App, clock: FakeClock) -> list[str]:
    """The new addresses of five of twelve authorities to which all letters have gone."""
    steps.released(app, clock, *CODES, cc_roles=())
    steps.send_due(app)
    steps.tick(app)
    clock.advance(days=1)
    addresses = [f"new@{code.lower()}.example" for code in CODES[:5]]
    with app.sessions.begin() as session:
        for code, address in zip(CODES, addresses, strict=False):
            contact_in(session, code).address = address
            steps.somebody_came(session, app, code)
    return addresses


def waiting(app: App) -> list[str]:
    with app.sessions.read() as session:
        found = mailout_named(session, steps.NAME)
        return [
            each.address for each in deliveries.of_mailout(session, found, DeliveryState.QUEUED)
        ]


def test_one_command_shows_one_table_and_sends_exactly_what_it_shows(
    app: App, dispatch: Dispatch, changed: list[str]
) -> None:
    refused = dispatch(*RESEND, "--changed", answer="n\n")
    shown = refused.output
    assert refused.exit_code == 3
    assert "annual-review-2020: 5 letters go again" in refused.output
    assert all(address in shown for address in changed)
    assert shown.count("chief.executive@") == shown.count("accepted, 22 July 2020") == 5
    assert "a05" not in shown
    assert "Send these 5 letters again? They may leave until Thu 30 July 2020" in refused.output
    assert all(len(line) <= 80 for line in refused.output.splitlines()[:-2])
    assert waiting(app) == []

    agreed = dispatch(*RESEND, "--changed", "--yes", "--as", "alex")
    assert agreed.exit_code == 0
    assert "5 letters are queued. See how it goes: dispatch mailout unreached" in agreed.output
    assert waiting(app) == changed
    assert steps.state_of(app) is MailoutState.RELEASING


@pytest.mark.usefixtures("changed")
def test_a_program_is_shown_everything_and_sends_nothing_without_yes(
    app: App, dispatch: Dispatch
) -> None:
    data = json.loads(dispatch(*RESEND, "--changed", "--json").output)
    assert waiting(app) == []
    assert data["not_after"] == "2020-07-29T23:00:00+00:00"
    assert data["staying"] == []
    first = data["going"][0]
    assert (first["authority"], first["address"], first["delivery"]) == (
        "A00",
        "new@a00.example",
        None,
    )
    assert [each["state"] for each in first["went"]] == ["accepted"]

    data = json.loads(dispatch(*RESEND, "--changed", "--json", "--yes").output)
    assert len(waiting(app)) == 5
    ids = {str(each.id) for each in steps.deliveries_of(app).values()}
    assert {each["delivery"] for each in data["going"]} < ids


@pytest.mark.usefixtures("changed")
def test_what_does_not_go_is_shown_with_the_reason(app: App, dispatch: Dispatch) -> None:
    result = dispatch(*RESEND, "--authority", CODES[7], "--yes")
    assert result.exit_code == 3
    assert "0 letters go again, 1 stays" in result.output
    assert "has this letter already" in " ".join(result.output.split())
    assert "Nothing will be resent; the reason for each letter says what to do" in result.output
    data = json.loads(dispatch(*RESEND, "--authority", CODES[7], "--yes", "--json").output)
    assert data["going"] == []
    assert "--again" in data["staying"][0]["why"]
    assert waiting(app) == []


@pytest.mark.usefixtures("changed")
def test_where_nothing_is_meant_it_says_so(dispatch: Dispatch) -> None:
    result = dispatch(*RESEND, "--bounced")
    assert (result.exit_code, result.output) == (3, "There is nothing to send again.\n")


def test_it_must_be_said_which_and_why(dispatch: Dispatch) -> None:
    assert "say which: --changed" in dispatch(*RESEND).output
    assert dispatch("resend", steps.NAME, "--changed").exit_code == 2


@pytest.mark.usefixtures("changed")
def test_deliveries_say_what_replaces_what(app: App, dispatch: Dispatch) -> None:
    assert "replaces" not in dispatch("delivery", "list", steps.NAME).output
    dispatch(*RESEND, "--changed", "--yes")
    rows = steps.deliveries_of(app)
    old, new = rows["chief.executive@a00.example"], rows["new@a00.example"]
    listed = dispatch("delivery", "list", steps.NAME).output
    assert listed.count(str(old.id)[:8]) == 2
    assert all(len(line) <= 80 for line in listed.splitlines())
    data = json.loads(dispatch("delivery", "list", steps.NAME, "--json").output)
    assert [each["replaces"] for each in data[:2]] == [None, str(old.id)]

    assert f"as {new.id}" in dispatch("delivery", "show", old.id).output
    assert str(old.id) in dispatch("delivery", "show", new.id).output
    shown = json.loads(dispatch("delivery", "show", old.id, "--json").output)
    assert (shown["replaces"], shown["replaced_by"]) == (None, str(new.id))
