from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from dispatch.app import App
from dispatch.database.tables import Delivery
from dispatch.domain.calendar import local
from dispatch.domain.delivery import DeliveryState
from dispatch.domain.reply import Outcome, Verdict
from dispatch.domain.sending.envelope import coded, return_path
from dispatch.ledger import journal
from dispatch.mail.outgoing.headers import message_id
from tests import steps
from tests.cli.conftest import Dispatch
from tests.fakes import FakeClock, FakeTransport

DOUBT = Outcome(Verdict.IN_DOUBT, trouble="no reply to the final dot: timed out")
TO, CC = "chief.executive@oxo.example", "link.officer@oxo.example"


@pytest.fixture(autouse=True)
def two_in_doubt(app: App, clock: FakeClock, transport: FakeTransport) -> None:
    steps.released(app, clock, "OXO")
    transport.outcomes.extend([DOUBT, DOUBT])
    steps.send_due(app)
    steps.tick(app)
    clock.advance(hours=4)


def states(app: App) -> dict[str, DeliveryState]:
    return {address: each.state for address, each in steps.deliveries_of(app).items()}


def the(app: App, address: str) -> Delivery:
    return steps.deliveries_of(app)[address]


@pytest.fixture
def log(app: App, clock: FakeClock, tmp_path: Path) -> Path:
    """A log from two hours before the letters to two hours after: it has the first of them."""
    sent_at = local(clock() - timedelta(hours=4))
    hours = timedelta(hours=2)
    path = tmp_path / "mail.log"
    delivery_id, sender = the(app, TO).id, app.sender
    signed = return_path(sender.return_path, delivery_id, sender.key)
    path.write_text(
        f"{sent_at - hours:%b %d %H:%M:%S} relay postfix/master[1]: daemon started\n"
        f"{sent_at:%b %d %H:%M:%S} relay postfix/cleanup[2]: 3D256210045: "
        f"message-id={message_id(delivery_id, sender)}\n"
        f"{sent_at:%b %d %H:%M:%S} relay postfix/qmgr[3]: 3D256210045: "
        f"from=<{signed}>, size=4, nrcpt=1 (queue active)\n"
        f"{sent_at + hours:%b %d %H:%M:%S} relay postfix/qmgr[3]: 3D256210045: removed\n"
    )
    return path


def test_what_the_log_has_is_settled_and_of_the_rest_it_has_no_trace(
    app: App, dispatch: Dispatch, log: Path
) -> None:
    result = dispatch("delivery", "reconcile", steps.NAME, "--postfix-log", log)
    assert states(app) == {TO: DeliveryState.ACCEPTED, CC: DeliveryState.IN_DOUBT}
    assert "1 settled as accepted, 1 in doubt." in result.output
    assert "no trace" in result.output
    assert "Log: Wed 22 July 2020 07:00 BST to Wed 22 July 2020 11:00 BST." in result.output
    assert "dispatch delivery settle ID not-sent" in result.output
    assert all(len(line) <= 80 for line in result.output.splitlines())


def test_the_ledger_says_who_looked_and_what_was_found(
    app: App, dispatch: Dispatch, log: Path
) -> None:
    dispatch("delivery", "reconcile", "--postfix-log", log)
    with app.sessions.read() as session:
        event = journal.events(session, f"delivery:{the(app, TO).id}")[-1]
    assert (event.actor, event.action) == ("sam", "delivery.settled")
    assert event.detail["because"] == (
        "postfix log: relay 3D256210045: size=4, nrcpt=1 (queue active)"
    )


def test_the_same_log_again_settles_nothing_more(app: App, dispatch: Dispatch, log: Path) -> None:
    dispatch("delivery", "reconcile", "--postfix-log", log)
    before = steps.actions(app)
    again = dispatch("delivery", "reconcile", "--postfix-log", log)
    assert "0 settled as accepted, 1 in doubt." in again.output
    assert steps.actions(app) == before


def test_a_dry_run_says_the_same_and_writes_nothing(
    app: App, dispatch: Dispatch, log: Path
) -> None:
    result = dispatch("delivery", "reconcile", "--postfix-log", log, "--dry-run")
    assert "1 would be settled as accepted, 1 in doubt." in result.output
    assert set(states(app).values()) == {DeliveryState.IN_DOUBT}


def test_a_program_is_told_what_was_settled_and_what_the_log_says_of_the_rest(
    app: App, dispatch: Dispatch, log: Path
) -> None:
    outcome = json.loads(dispatch("delivery", "reconcile", "--postfix-log", log, "--json").output)
    [settled], [remaining] = outcome["settled"], outcome["in_doubt"]
    assert settled == {
        "id": str(the(app, TO).id),
        "source": "postfix log",
        "at": "2020-07-22T08:00:00+00:00",
        "quote": "relay 3D256210045: size=4, nrcpt=1 (queue active)",
    }
    assert (remaining["id"], remaining["log"]) == (str(the(app, CC).id), "no-trace")
    assert outcome["contradicted"] == []
    assert outcome["logs"] == [
        {"first_at": "2020-07-22T06:00:00+00:00", "last_at": "2020-07-22T10:00:00+00:00"}
    ]


def test_a_log_in_another_zone_covers_another_time(app: App, dispatch: Dispatch, log: Path) -> None:
    words = ["delivery", "reconcile", "--postfix-log", log, "--zone", "Asia/Tokyo", "--json"]
    [remaining] = json.loads(dispatch(*words).output)["in_doubt"]
    assert remaining["log"] == "not-covered"


def test_anothers_log_is_said_to_be_so(app: App, dispatch: Dispatch, tmp_path: Path) -> None:
    log = tmp_path / "mail.log"
    log.write_text("Jul 22 01:00:00 relay postfix/master[1]: daemon started\n")
    result = dispatch("delivery", "reconcile", "--postfix-log", log)
    assert "is it the log of the server that we send to?" in result.output
    assert "does not cover" in " ".join(result.output.split())


def test_a_wrong_word_is_found_out(
    app: App, dispatch: Dispatch, log: Path, clock: FakeClock
) -> None:
    first = the(app, TO)
    because = ["--because", "I thought so", "--yes"]
    dispatch("delivery", "settle", first.id, "not-sent", *because)
    result = dispatch("delivery", "reconcile", "--postfix-log", log)
    assert "Recorded as not sent, but a server took it" in " ".join(result.output.split())
    assert all(len(line) <= 80 for line in result.output.splitlines())
    assert states(app)[TO] is DeliveryState.QUEUED
    data = json.loads(dispatch("delivery", "reconcile", "--postfix-log", log, "--json").output)
    [contradicted] = data["contradicted"]
    assert (contradicted["id"], contradicted["state"]) == (str(first.id), "queued")


@pytest.mark.parametrize("zone", ["Mars", "../etc/passwd", "Europe"])
def test_a_zone_that_there_is_not_is_a_misunderstanding(
    dispatch: Dispatch, log: Path, zone: str
) -> None:
    result = dispatch("delivery", "reconcile", "--postfix-log", log, "--zone", zone)
    assert result.exit_code == 2
    assert "is not a time zone" in result.output


@pytest.fixture
def message_trace(app: App, clock: FakeClock, tmp_path: Path) -> Path:
    """An export of the four hours around the letters: it has the first of them, and an earlier."""
    sent_at = clock() - timedelta(hours=4)
    other = coded(uuid4())
    rows = (
        (sent_at - timedelta(hours=2), other, TO, "Delivered"),
        (sent_at, the(app, TO).id, TO, "Failed"),
        (sent_at + timedelta(hours=2), other, CC, "Delivered"),
    )
    path = tmp_path / "trace.csv"
    lines = (
        f"{at.isoformat()},{app.sender.address},{to},{status},{message_id(id_, app.sender)}"
        for at, id_, to, status in rows
    )
    heading = "Received,SenderAddress,RecipientAddress,Status,MessageId"
    path.write_text("\n".join([heading, *lines]))
    return path


def test_what_microsoft_could_not_deliver_has_bounced(
    app: App, dispatch: Dispatch, message_trace: Path
) -> None:
    words = ["delivery", "reconcile", steps.NAME, "--message-trace", message_trace]
    shown = dispatch(*words, "--dry-run").output
    assert "1 would be settled as accepted, 1 in doubt." in shown
    assert states(app) == dict.fromkeys((TO, CC), DeliveryState.IN_DOUBT)

    result = dispatch(*words)
    assert states(app) == {TO: DeliveryState.BOUNCED, CC: DeliveryState.IN_DOUBT}
    assert "Taken by the server, which could not deliver it" in result.output
    assert "2020-07-22 08:00:00 UTC Failed" in " ".join(result.output.split())
    assert all(len(line) <= 80 for line in result.output.splitlines())
    assert json.loads(dispatch(*words, "--json").output)["returned"] == []
    with app.sessions.read() as session:
        told = journal.events(session, f"delivery:{the(app, TO).id}")
    assert [each.action for each in told[-2:]] == ["delivery.settled", "delivery.bounced"]
    assert told[-1].detail["reason"] == "2020-07-22 08:00:00 UTC Failed"


@pytest.mark.parametrize("answer", ["y\n", "n\n"])
def test_what_a_log_has_no_trace_of_is_recorded_as_not_sent_on_a_persons_word(
    app: App, dispatch: Dispatch, message_trace: Path, answer: str
) -> None:
    words = ["delivery", "reconcile", "--message-trace", message_trace, "--not-sent"]
    result = dispatch(*words, "--as", "alex", answer=answer)
    said = " ".join(result.output.split())
    assert "Record that 1 letter was not sent (OXO)? Each goes out again, if it still may." in said
    is_agreed = answer == "y\n"
    assert states(app)[CC] is (DeliveryState.QUEUED if is_agreed else DeliveryState.IN_DOUBT)
    assert ("1 recorded as not sent." in said) is is_agreed
    if is_agreed:
        with app.sessions.read() as session:
            told = journal.events(session, f"delivery:{the(app, CC).id}")
        assert told[-1].actor == "alex"
        assert "no trace of it" in told[-1].detail["because"]


def test_nothing_is_recorded_as_not_sent_that_the_log_does_not_cover(
    app: App, dispatch: Dispatch, message_trace: Path
) -> None:
    lines = message_trace.read_text().splitlines()
    message_trace.write_text("\n".join(lines[:3]))
    words = ["delivery", "reconcile", "--message-trace", message_trace, "--not-sent", "--yes"]
    dispatch(*words)
    assert states(app)[CC] is DeliveryState.IN_DOUBT


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "Give one sort of log"),
        (["--graph", "--message-trace", __file__], "Give one sort of log"),
        (["--graph"], "set DISPATCH_OAUTH_TENANT, DISPATCH_OAUTH_CLIENT_ID"),
    ],
)
def test_one_sort_of_log_is_read_that_can_be(
    dispatch: Dispatch, words: list[str], said: str
) -> None:
    result = dispatch("delivery", "reconcile", *words)
    assert said in " ".join(result.output.split())
    assert result.exit_code
