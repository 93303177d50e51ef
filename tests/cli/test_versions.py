from __future__ import annotations

import json
from dataclasses import replace

import pytest

from dispatch.app import App
from dispatch.cli.output import show
from dispatch.documents import Templates
from tests import steps
from tests.cli.conftest import Dispatch
from tests.corrections import versions
from tests.factories import some_figures
from tests.fakes import FakeClock, FakeTransport

NEW = "jo.new@oxo.example"
REISSUE = ("mailout", "reissue", steps.NAME, "--authority", "OXO", "--because", "a wrong count")
APPROVE = ("mailout", "approve", steps.NAME, "--as", "alex")


@pytest.fixture
def sent(app: App, clock: FakeClock) -> None:
    """Letters of three councils that have gone, and a figure of one put right since."""
    steps.released(app, clock, "OXO", "ADU", "WOT", cc_roles=())
    steps.send_due(app)
    steps.tick(app)
    clock.advance(days=1)
    steps.figures_corrected(app, some_figures("OXO", upheld=4))


@pytest.mark.usefixtures("sent")
def test_a_reissue_shows_what_changes_and_where_else_and_keeps_nothing_without_a_yes(
    app: App, dispatch: Dispatch
) -> None:
    refused = dispatch(*REISSUE, answer="n\n")
    assert refused.exit_code == 3
    for said in (
        "OXO, version 2 of annual-review-2020:",
        "  + This is version 2 of our letter and replaces the earlier one.",
        "2 other letters of annual-review-2020 would change too, and stay as they are",
        "ADU",
        "Complaints upheld: the average 50% becomes 67%",
        "Leave this new version for somebody else to approve?",
    ):
        assert said in refused.output
    assert all(len(line) <= 80 for line in refused.output.splitlines())
    assert versions.pending(app) == ()

    agreed = dispatch(*REISSUE, "--yes")
    assert agreed.exit_code == 0
    assert f"dispatch mailout approve {steps.NAME} --authority OXO --as PERSON" in agreed.output
    [waiting] = versions.pending(app)
    assert waiting.letter.because == "a wrong count"
    status = " ".join(dispatch("mailout", "status", steps.NAME).output.split())
    assert "a new version waits for a second person, of the letter of OXO (since" in status


@pytest.mark.usefixtures("sent")
def test_of_very_many_others_people_are_shown_the_first(
    dispatch: Dispatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(show, "MOST_ROWS", 1)
    said = dispatch(*REISSUE, "--yes").output
    assert "more than 1 other letters (--json names all) of annual-review-2020 would change" in said
    assert "ADU" in said
    assert "WOT" not in said


@pytest.mark.usefixtures("sent")
def test_a_program_is_told_what_changes(app: App, dispatch: Dispatch) -> None:
    told = json.loads(dispatch(*REISSUE, "--json").output)
    [version] = told["versions"]
    assert (version["authority"], version["version"]) == ("OXO", 2)
    assert [each["code"] for each in told["shifts"]] == ["ADU", "WOT"]
    assert versions.pending(app) == ()
    assert dispatch(*REISSUE, "--json", "--yes").exit_code == 0
    assert len(versions.pending(app)) == 1


@pytest.mark.usefixtures("sent")
def test_a_second_person_sees_the_new_version_approves_it_and_it_goes(
    app: App, dispatch: Dispatch, transport: FakeTransport
) -> None:
    dispatch(*REISSUE, "--yes")
    own = dispatch("mailout", "approve", steps.NAME)
    assert "sam proposed the new letter of OXO, so somebody else must approve it" in own.output
    refused = dispatch(*APPROVE, answer="n\n")
    assert refused.exit_code == 3
    for said in (
        "  + This is version 2",
        "a wrong count",
        "reissued",
        "Approve it as alex, and send it to 1 recipient?",
    ):
        assert said in refused.output
    assert versions.letter(app).version == 1

    transport.sent.clear()
    approved = dispatch(*APPROVE, "--yes")
    assert approved.exit_code == 0
    assert "Look: sam took part both in asking for the letters" in approved.output
    assert (versions.letter(app).approved_digest or "none") in approved.output
    steps.send_due(app)
    assert [envelope.rcpt_to for envelope, _ in transport.sent] == ["chief.executive@oxo.example"]
    again = dispatch(*APPROVE)
    assert f"nothing of {steps.NAME} waits for approval: its letters have gone" in again.output


@pytest.mark.usefixtures("sent")
def test_any_version_can_be_looked_at(app: App, dispatch: Dispatch) -> None:
    dispatch(*REISSUE, "--yes")
    show = ("letter", "show", steps.NAME, "OXO")
    assert "version 2 of our letter" not in dispatch(*show).output
    assert "version 2 of our letter" in dispatch(*show, "--version", 2).output
    missing = dispatch(*show, "--version", 3)
    assert f"no version 3 of the letter of OXO in {steps.NAME}" in missing.output
    versions.approved(app)
    assert "version 2 of our letter" in dispatch(*show).output
    assert "version 2 of our letter" not in dispatch(*show, "--version", 1).output


@pytest.mark.usefixtures("sent")
def test_a_new_version_is_withdrawn(app: App, dispatch: Dispatch) -> None:
    dispatch(*REISSUE, "--yes")
    withdraw = ("mailout", "withdraw", steps.NAME, "--authority", "OXO", "--because", "wrong one")
    assert "Withdrawn: the new version for OXO." in dispatch(*withdraw).output
    assert versions.pending(app) == ()


@pytest.mark.usefixtures("sent")
def test_a_letter_that_cannot_be_made_is_named_and_nothing_is_kept(
    app: App, dispatch: Dispatch
) -> None:
    folder = app.settings.home / "templates"
    (folder / "annual-review").mkdir(parents=True)
    for path in (app.settings.templates / "annual-review").iterdir():
        (folder / "annual-review" / path.name).write_bytes(path.read_bytes())
    (folder / "annual-review" / "letter.md").write_text("::: head\n\n{{ nothing }}\n")
    failed = dispatch(*REISSUE, "--yes", obj=replace(app, templates=Templates(folder)))
    assert failed.exit_code == 1
    assert "nothing is done, since these cannot be made:\n  OXO: annual-review:" in failed.output
    assert versions.pending(app) == ()


def test_before_the_release_an_authority_is_not_approved_alone(
    app: App, dispatch: Dispatch
) -> None:
    steps.rendered(app)
    failed = dispatch(*APPROVE, "--authority", "OXO")
    assert "--authority is for new versions of letters that have gone" in failed.output


@pytest.mark.usefixtures("sent")
def test_a_letter_is_readdressed_on_two_peoples_word(
    app: App, dispatch: Dispatch, transport: FakeTransport
) -> None:
    steps.appointed(app, "OXO", NEW)
    readdress = ("resend", steps.NAME, "--changed", "--readdress", "--because", "new in post")
    shown = dispatch(*readdress, answer="n\n")
    assert "  - Dear Ms Adeyemi" in shown.output
    assert "  + Dear Dr Okafor" in shown.output
    assert NEW in shown.output
    assert versions.pending(app) == ()
    assert json.loads(dispatch(*readdress, "--json").output)["going"][0]["address"] == NEW
    assert versions.pending(app) == ()

    assert dispatch(*readdress, "--yes").exit_code == 0
    transport.sent.clear()
    assert "readdressed" in dispatch(*APPROVE, "--yes").output
    steps.send_due(app)
    assert [envelope.rcpt_to for envelope, _ in transport.sent] == [NEW]


@pytest.mark.usefixtures("sent")
def test_a_letter_is_readdressed_to_the_contact_in_post_alone(dispatch: Dispatch) -> None:
    readdress = ("resend", steps.NAME, "--authority", "OXO", "--readdress", "--because", "new")
    elsewhere = dispatch(*readdress, "--to", NEW)
    assert "--readdress is for the current contact: leave --to and --role out" in elsewhere.output
    same = dispatch(*readdress)
    assert "in the name of its chief executive already" in same.output
