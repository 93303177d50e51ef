from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from dispatch.app import App
from dispatch.domain.proof.ledger import Event
from dispatch.ledger import journal
from dispatch.proof.seal import seal
from tests import steps
from tests.cli.conftest import Dispatch
from tests.fakes import FakeClock


@pytest.fixture(autouse=True)
def home(app: App) -> Path:
    app.settings.home.mkdir()
    return app.settings.home


def seal_all(app: App) -> None:
    with app.sessions.begin() as session:
        while seal(session, now=app.clock()):
            pass


@pytest.fixture
def sent(app: App, clock: FakeClock) -> App:
    """A database of which one letter has gone, with all of it sealed."""
    steps.released(app, clock, cc_roles=())
    with app.sessions.begin() as session:
        journal.append(session, Event(clock(), "sam", "authority.changed", "authority:OXO"))
    steps.send_due(app)
    seal_all(app)
    return app


def words(output: str) -> str:
    return " ".join(output.split())


def test_a_ledger_that_holds_says_so_and_what_it_cannot_tell(sent: App, dispatch: Dispatch) -> None:
    result = dispatch("audit", "verify")
    assert result.exit_code == 0
    assert re.search(r"Verified: \d+ entries under 1 seal, nothing altered\.", result.output)
    assert "No checkpoint was given" in result.output
    assert "sealed more than an hour late" in words(result.output)


def test_what_is_wrong_is_named_and_ends_with_one(sent: App, dispatch: Dispatch) -> None:
    with sent.sessions.begin() as session:
        session.execute(text("UPDATE attempt SET text = '2.0.0 read by all'"))
        session.execute(text("UPDATE contact SET surname = 'Black'"))
    result = dispatch("audit", "verify")
    assert result.exit_code == 1
    assert "Verified" not in result.output
    assert result.output.count("Also wrong: ") == 2
    last = result.output.splitlines()[-1]
    assert last.startswith("Error: ")
    assert last.endswith("(2 more above)")
    result = dispatch("audit", "verify", "--json")
    assert result.exit_code == 1
    found = json.loads(result.stdout)
    assert (found["holds"], len(found["wrong"])) == (False, 3)


def test_a_program_gets_json(sent: App, dispatch: Dispatch) -> None:
    found = json.loads(dispatch("audit", "verify", "--json").output)
    assert (found["holds"], found["wrong"], found["seals"]) == (True, [], 1)
    assert found["unsealed"] == 0
    assert found["entries"] > 10


def test_before_anything_is_sealed_that_is_said(dispatch: Dispatch) -> None:
    result = dispatch("audit", "verify")
    assert result.exit_code == 0
    assert "Nothing has been sealed yet" in result.output
    result = dispatch("audit", "checkpoint")
    assert result.exit_code == 1
    assert "Error: nothing has been sealed yet" in result.output


def test_a_checkpoint_from_elsewhere_shows_what_was_cut_off(
    sent: App, dispatch: Dispatch, tmp_path: Path
) -> None:
    kept = tmp_path / "kept.txt"
    made = dispatch("audit", "checkpoint", "--out", kept)
    assert made.output.startswith(f"{kept}: seal 1, ")
    assert dispatch("audit", "checkpoint").output == kept.read_text()
    assert dispatch("audit", "verify", "--checkpoint", kept).exit_code == 0
    with sent.sessions.begin() as session:
        for statement in (
            "DELETE FROM seal",
            "DELETE FROM imprint",
            "UPDATE event SET place = NULL, hash = NULL",
            "DELETE FROM event WHERE action = 'delivery.accepted'",
            "DELETE FROM attempt",
            "UPDATE delivery SET state = 'queued'",
        ):
            session.execute(text(statement))
    seal_all(sent)
    assert dispatch("audit", "verify").exit_code == 0
    result = dispatch("audit", "verify", "--checkpoint", kept)
    assert result.exit_code == 1
    assert "Error: the end is gone: kept.txt of 22 July 2020" in result.output


def test_a_forged_checkpoint_is_refused(sent: App, dispatch: Dispatch, tmp_path: Path) -> None:
    kept = tmp_path / "kept.txt"
    dispatch("audit", "checkpoint", "--out", kept)
    key = dispatch("audit", "key").output.strip()
    assert dispatch("audit", "verify", "--checkpoint", kept, "--key", key).exit_code == 0
    kept.write_text(kept.read_text().replace("seal 1 ", "seal 2 "))
    result = dispatch("audit", "verify", "--checkpoint", kept)
    assert result.exit_code == 1
    assert (
        f"Error: kept.txt is not signed with the key {'+'.join(key.split('+')[:2])}"
        in result.output
    )


def test_those_that_are_kept_here_count_too(
    sent: App, dispatch: Dispatch, tmp_path: Path, home: Path
) -> None:
    settings = sent.settings.model_copy(update={"checkpoints": tmp_path})
    app = replace(sent, settings=settings)
    dispatch("audit", "checkpoint", "--out", tmp_path / "checkpoint-000000000001.txt")
    found = json.loads(dispatch("audit", "verify", "--json", obj=app).output)
    assert found["checkpoints"] == ["checkpoint-000000000001.txt"]
    (home / "ledger.pem").unlink()
    result = dispatch("audit", "verify", obj=app)
    assert result.exit_code == 1
    assert "ledger.pem cannot be read" in result.output


def test_a_place_that_cannot_be_written_to_is_said(
    sent: App, dispatch: Dispatch, tmp_path: Path
) -> None:
    result = dispatch("audit", "checkpoint", "--out", tmp_path / "away" / "kept.txt")
    assert result.exit_code == 1
    assert "kept.txt cannot be written: No such file" in result.output
