from __future__ import annotations

import json
from dataclasses import replace
from email import message_from_bytes
from email.policy import default
from pathlib import Path

from dispatch.app import App
from dispatch.letters.store import letters
from dispatch.mailouts.store import mailout_named
from tests import steps
from tests.cli.conftest import Dispatch
from tests.fakes import FakeClock, FakeTransport


def test_a_letter_is_shown_as_text_where_no_form_is_named(app: App, dispatch: Dispatch) -> None:
    steps.rendered(app)
    output = dispatch("letter", "show", steps.NAME, "oxo").output
    assert "Dear Ms Adeyemi" in output
    assert output == dispatch("letter", "show", steps.NAME, "OXO", "--text").output


def test_each_form_can_be_written_to_a_file(app: App, dispatch: Dispatch, tmp_path: Path) -> None:
    steps.rendered(app)
    out = tmp_path / "letter"
    for form, beginning in (("--pdf", b"%PDF-"), ("--html", b"<!DOCTYPE html>")):
        result = dispatch("letter", "show", steps.NAME, "OXO", form, "--out", out)
        assert f"{out}: " in result.output
        assert out.read_bytes().lstrip().lower().startswith(beginning.lower())


def test_a_file_that_cannot_be_written_is_said_in_one_line(
    app: App, dispatch: Dispatch, tmp_path: Path
) -> None:
    steps.rendered(app)
    out = tmp_path / "missing" / "letter.pdf"
    result = dispatch("letter", "show", steps.NAME, "OXO", "--pdf", "--out", out)
    assert result.exit_code == 1
    assert result.output.startswith("Error: the letter cannot be written: ")
    assert str(out) in result.output
    assert len(result.output.splitlines()) == 1


def test_the_whole_message_is_shown_as_it_will_leave(app: App, dispatch: Dispatch) -> None:
    steps.rendered(app)
    result = dispatch("letter", "show", steps.NAME, "OXO", "--eml")
    message = message_from_bytes(result.stdout_bytes, policy=default)
    assert message["To"] == "Ms Adeyemi <chief.executive@oxo.example>"
    assert [part.get_content_type() for part in message.iter_attachments()] == ["application/pdf"]


def test_once_sent_the_message_is_shown_as_it_left(
    app: App, dispatch: Dispatch, clock: FakeClock, transport: FakeTransport
) -> None:
    steps.released(app, clock, cc_roles=())
    steps.send_due(app)
    clock.advance(days=300)
    [(_, sent)] = transport.sent
    assert dispatch("letter", "show", steps.NAME, "OXO", "--eml").stdout_bytes == sent


def test_once_sent_the_message_has_the_signature_that_it_left_with(
    app: App, dispatch: Dispatch, clock: FakeClock, transport: FakeTransport
) -> None:
    signer = replace(app.sender, sign=lambda _, at: f"v=1; t={at.isoformat()}")
    steps.released(app, clock, cc_roles=())
    steps.send_due(replace(app, sender=signer))
    [(_, sent)] = transport.sent
    words = ("letter", "show", steps.NAME, "OXO", "--eml")
    assert b"DKIM-Signature: v=1;" in sent
    assert dispatch(*words).stdout_bytes == sent


def test_what_is_known_of_a_letter_can_be_read_by_a_program(app: App, dispatch: Dispatch) -> None:
    steps.rendered(app)
    data = json.loads(dispatch("letter", "show", steps.NAME, "OXO", "--json").output)
    assert (data["authority"], data["version"], data["state"]) == ("OXO", 1, "rendered")
    assert data["digest"] == steps.letters_of(app)["OXO"].digest
    assert [each["address"] for each in data["recipients"]] == [
        "chief.executive@oxo.example",
        "link.officer@oxo.example",
    ]


def test_a_letter_that_is_not_made_yet_says_so(app: App, dispatch: Dispatch) -> None:
    steps.planned(app)
    result = dispatch("letter", "show", steps.NAME, "OXO")
    assert result.exit_code == 1
    assert "Run: dispatch mailout check annual-review-2020" in result.output


def test_a_letter_that_waits_for_a_worker_says_so(app: App, dispatch: Dispatch) -> None:
    steps.rendered(app, "OXO")
    with app.sessions.begin() as session:
        [letter] = letters.in_force(session, mailout_named(session, steps.NAME))
        letter.state = type(letter.state).WANTED
    result = dispatch("letter", "show", steps.NAME, "OXO")
    assert (result.exit_code, "is not rendered" in result.output) == (1, True)
