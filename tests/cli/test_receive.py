from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from dispatch.app import App
from dispatch.database.tables import Delivery
from dispatch.domain.delivery import DeliveryState
from dispatch.mail.incoming.maildir import Maildir
from tests import steps
from tests.cli.conftest import Dispatch
from tests.fakes import FakeClock
from tests.notices import a_dsn


@pytest.fixture
def delivery(app: App, clock: FakeClock) -> Delivery:
    steps.released(app, clock, cc_roles=())
    steps.send_due(app)
    return sent(app)


def sent(app: App) -> Delivery:
    [found] = steps.deliveries_of(app).values()
    return found


def test_a_bounce_in_a_file_moves_its_delivery_on(
    app: App, dispatch: Dispatch, delivery: Delivery, tmp_path: Path
) -> None:
    file = tmp_path / "bounce.eml"
    file.write_bytes(a_dsn(app, delivery))
    done = dispatch("receive", file)
    assert done.exit_code == 0
    words = " ".join(done.output.split())
    assert "Messages taken in" in words
    for said in ("hard bounce:", "OXO", "it is bounced;"):
        assert said in words
    assert all(len(line) <= 80 for line in done.output.splitlines())
    assert sent(app).state is DeliveryState.BOUNCED
    [row] = json.loads(dispatch("receive", file, "--json").output)
    assert (row["changed"], row["state"], row["trust"]) == ("nothing", "bounced", "verified")


def test_mail_comes_on_standard_input_too(app: App, dispatch: Dispatch, delivery: Delivery) -> None:
    mail = a_dsn(app, delivery, to="bounces@ombudsman.example").decode()
    [row] = json.loads(dispatch("receive", "-", "--json", answer=mail).output)
    assert (row["trust"], row["clue"], row["changed"]) == (
        "probable",
        "returned_message_id",
        "nothing",
    )
    assert sent(app).state is DeliveryState.ACCEPTED


def test_a_mailbox_file_is_taken_in_message_by_message(
    app: App, dispatch: Dispatch, delivery: Delivery, tmp_path: Path
) -> None:
    line = b"From jo@oxo.example Tue Nov 25 09:15:00 2025\n"
    answer = b"From: jo@oxo.example\nSubject: Re: letter\n\nThank you.\n"
    file = tmp_path / "box"
    file.write_bytes(b"".join([line, answer, b"\n", line, a_dsn(app, delivery)]))
    rows = json.loads(dispatch("receive", file, "--json").output)
    assert [row["file"] for row in rows] == [f"{file} (message 1)", f"{file} (message 2)"]
    assert sent(app).state is DeliveryState.BOUNCED


def test_what_is_stored_is_read_again(
    app: App, dispatch: Dispatch, delivery: Delivery, tmp_path: Path
) -> None:
    (tmp_path / "a").write_bytes(a_dsn(app, delivery))
    dispatch("receive", tmp_path / "a")
    before = steps.actions(app)
    output = dispatch("receive", "--again").output
    assert output == "1 message is read again; 0 changed something.\n"
    assert steps.actions(app) == [*before, "mail.read"]
    assert json.loads(dispatch("receive", "--again", "--json").output) == []


def test_the_postboxes_can_be_looked_into_at_once(
    app: App, dispatch: Dispatch, delivery: Delivery, tmp_path: Path
) -> None:
    assert "set DISPATCH_IMAP_URL or" in " ".join(dispatch("receive", "--poll").output.split())
    for folder in ("new", "cur"):
        (tmp_path / "incoming" / folder).mkdir(parents=True)
    (tmp_path / "incoming/new/a").write_bytes(a_dsn(app, delivery))
    boxed = replace(app, inboxes=(Maildir(tmp_path / "incoming"),))
    done = dispatch("receive", "--poll", obj=boxed)
    assert done.output == "1 new message; see `dispatch notice list`.\n"
    assert sent(app).state is DeliveryState.BOUNCED


@pytest.mark.parametrize("words", [(), ("--poll", "--again"), ("--again", "a.eml")])
def test_it_takes_one_kind_of_mail_at_a_time(dispatch: Dispatch, words: tuple[str, ...]) -> None:
    assert dispatch("receive", *words).exit_code == 2


def test_a_file_that_is_not_there_is_named(app: App, dispatch: Dispatch) -> None:
    done = dispatch("receive", "no.eml")
    assert (done.exit_code, done.output) == (
        1,
        "Error: no.eml: cannot be read: No such file or directory\n",
    )
