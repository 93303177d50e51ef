from __future__ import annotations

import json
from pathlib import Path

import pytest

from dispatch.app import App
from dispatch.domain.mailout import MailoutState
from dispatch.ledger import journal
from dispatch.proof.seal import seal
from tests import steps
from tests.cli.conftest import Dispatch
from tests.fakes import FakeClock
from tests.uploads import bounced, files_in, sent


@pytest.fixture
def public(tmp_path: Path) -> Path:
    return tmp_path / "public"


@pytest.fixture(autouse=True)
def home(app: App) -> None:
    app.settings.home.mkdir()


def test_what_would_be_public_is_shown_before_a_person_is_asked(
    app: App, dispatch: Dispatch, clock: FakeClock, public: Path
) -> None:
    sent(app, clock, "OXO", "ADU")
    result = dispatch("upload", steps.NAME, "--out", public, answer="n\n")
    assert result.exit_code == 3
    assert "letters             2" in result.output
    assert "not surely reached  nobody" in result.output
    assert not public.exists()
    assert all(len(line) <= 80 for line in result.output.splitlines()[:-2])


def test_on_a_yes_the_letters_are_public_and_how_to_prove_it_is_said(
    app: App, dispatch: Dispatch, clock: FakeClock, public: Path
) -> None:
    sent(app, clock, "OXO", "ADU")
    result = dispatch("upload", steps.NAME, "--out", public, answer="y\n")
    assert result.exit_code == 0, result.output
    assert f"Published: {public}/index.html (16 files" in result.output
    assert "No ledger checkpoint is published with them: nothing has been sealed" in result.output
    assert f"dispatch upload verify {public}" in result.output
    assert steps.state_of(app) is MailoutState.UPLOADED
    again = dispatch("upload", steps.NAME, "--out", public, "--yes")
    assert "Already published; nothing has changed" in again.output


def test_options_may_stand_before_the_name(
    app: App, dispatch: Dispatch, clock: FakeClock, public: Path
) -> None:
    sent(app, clock, "OXO")
    assert dispatch("upload", "--yes", "--out", public, steps.NAME).exit_code == 0
    assert public.exists()


def test_a_check_works_before_the_day_and_says_what_is_missing(
    app: App, dispatch: Dispatch, clock: FakeClock, public: Path
) -> None:
    steps.released(app, clock, "OXO", "ADU", cc_roles=())
    steps.send_due(app)
    steps.tick(app)
    bounced(app, "ADU")
    result = dispatch("upload", steps.NAME, "--out", public, "--dry-run")
    assert result.exit_code == 0, result.output
    assert "letters             2" in result.output
    assert "confidential        0 attachments, left out" in result.output
    assert "Nothing is public before 29 July 2020, the day that the letters name." in result.output
    assert "The upload needs a reason, --although TEXT" in result.output
    assert not public.exists()
    assert "is not public before 29 July" in dispatch("upload", steps.NAME, "--out", public).output


def test_a_check_writes_nothing(
    app: App, dispatch: Dispatch, clock: FakeClock, public: Path
) -> None:
    sent(app, clock, "OXO")
    for more in ((), ("--json",)):
        result = dispatch("upload", steps.NAME, "--out", public, "--dry-run", *more)
        assert result.exit_code == 0
    assert not public.exists()
    assert steps.state_of(app) is MailoutState.SENT


def test_for_a_program_nothing_is_written_without_yes(
    app: App, dispatch: Dispatch, clock: FakeClock, public: Path
) -> None:
    sent(app, clock, "OXO")
    shown = json.loads(dispatch("upload", steps.NAME, "--out", public, "--json").output)
    assert shown == {
        "mailout": steps.NAME,
        "letters": 1,
        "made_up": 0,
        "withheld": 0,
        "unreached": [],
        "others": [],
    }
    assert not public.exists()
    done = json.loads(dispatch("upload", steps.NAME, "--out", public, "--json", "--yes").output)
    assert done["uploaded"]["files"] == 14
    assert public.exists()


def test_who_is_not_surely_reached_stops_it_unless_a_person_says_why(
    app: App, dispatch: Dispatch, clock: FakeClock, public: Path
) -> None:
    sent(app, clock, "OXO", "ADU")
    bounced(app, "ADU")
    refused = dispatch("upload", steps.NAME, "--out", public, "--yes")
    assert refused.exit_code == 1
    assert refused.output.startswith("Error: not surely reached: ADU")
    blank = dispatch("upload", steps.NAME, "--out", public, "--yes", "--although", "  ")
    assert blank.exit_code == 1
    words = ("--although", "they rang", "--as", "Alex", "--yes")
    result = dispatch("upload", steps.NAME, "--out", public, *words)
    assert result.exit_code == 0
    assert "they rang (Alex)" in result.output
    with app.sessions.read() as session:
        event = journal.events(session, f"mailout:{steps.NAME}")[-1]
    assert (event.actor, event.detail["at_keyboard"]) == ("Alex", "sam")


def test_a_mistake_is_one_line(
    app: App, dispatch: Dispatch, clock: FakeClock, public: Path
) -> None:
    sent(app, clock, "OXO")
    result = dispatch("upload", "nothing-of-the-kind", "--out", public)
    assert result.exit_code == 1
    assert result.output.startswith("Error: no mailout is called 'nothing-of-the-kind'")
    assert dispatch("upload", steps.NAME).exit_code == 2


def test_verify_says_what_it_has_proven(
    app: App, dispatch: Dispatch, clock: FakeClock, public: Path
) -> None:
    sent(app, clock, "OXO", "ADU")
    dispatch("upload", steps.NAME, "--out", public, "--yes")
    result = dispatch("upload", "verify", public)
    assert result.exit_code == 0
    assert result.output.startswith("2 letters in ")
    assert json.loads(dispatch("upload", "verify", public, "--json").output)["messages"] == 2


def test_how_far_the_ledger_went_is_public_signed_and_is_proven_again(
    app: App, dispatch: Dispatch, clock: FakeClock, public: Path
) -> None:
    sent(app, clock, "OXO")
    with app.sessions.begin() as session:
        assert seal(session, now=clock())
    result = dispatch("upload", steps.NAME, "--out", public, "--yes")
    signed = f"checkpoints/{steps.NAME}.txt"
    assert f"The ledger checkpoint is published alongside: {signed}\n" in result.output
    assert signed in (public / "manifest.json").read_text()
    before = files_in(public)
    with app.sessions.begin() as session:
        assert seal(session, now=clock())
    assert (
        "Already published; nothing has changed"
        in dispatch("upload", steps.NAME, "--out", public, "--yes").output
    )
    assert files_in(public) == before
    result = dispatch("upload", "verify", public)
    assert f"{signed} is signed, and matches the ledger here:\nseal 1 with " in result.output
    assert result.output.endswith("entries, on 29 July 2020.\n")
    key = dispatch("audit", "key").output.strip()
    app.settings.signing_key_file.unlink()
    assert "ledger.pem cannot be read" in dispatch("upload", "verify", public).output
    assert dispatch("upload", "verify", public, "--key", key).exit_code == 0


def test_verify_names_the_first_file_that_is_wrong(
    app: App, dispatch: Dispatch, clock: FakeClock, public: Path
) -> None:
    sent(app, clock, "OXO")
    dispatch("upload", steps.NAME, "--out", public, "--yes")
    (public / "letters.csv").write_bytes(b"")
    result = dispatch("upload", "verify", public)
    assert result.exit_code == 1
    assert result.output == (
        f"Error: {public}/letters.csv: changed: it is not the file that was uploaded\n"
    )
    assert files_in(public)["letters.csv"] == b""


def test_the_help_tells_of_both_commands(dispatch: Dispatch) -> None:
    output = dispatch("upload", "--help").output
    assert "dispatch upload NAME --out DIR" in " ".join(output.split())
    assert "verify" in output
