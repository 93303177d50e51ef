from __future__ import annotations

import json
from pathlib import Path

import pytest

from dispatch.app import App
from tests import steps
from tests.cli.conftest import Dispatch
from tests.corrections.postings import REFUSED, WHERE
from tests.fakes import FakeClock, FakeTransport

POST = ("mailout", "post", steps.NAME)
POSTED = ("mailout", "posted", steps.NAME)

KNOWN = (
    *("contacts", "set", "OXO", "chief-executive", "--same-person", "--postal-address", WHERE),
    *("--because", "their website", "--yes"),
)


@pytest.fixture
def refused(app: App, clock: FakeClock) -> App:
    """The one letter is refused."""
    steps.released(app, clock, "OXO", cc_roles=())
    assert isinstance(app.transport, FakeTransport)
    app.transport.outcomes.append(REFUSED)
    steps.send_due(app)
    steps.tick(app)
    clock.advance(days=3)
    return app


def test_where_post_goes_is_entered_once_and_shown(refused: App, dispatch: Dispatch) -> None:
    assert refused
    without = dispatch(*POST, "--dry-run")
    assert without.exit_code == 0
    assert "1 letter is not printed" in without.output
    assert "--postal-address TEXT" in without.output
    assert dispatch(*KNOWN).exit_code == 0
    assert f"by post: {WHERE}" in dispatch("contacts", "show", "OXO").output


def test_the_last_that_email_does_not_reach_is_posted(
    refused: App, dispatch: Dispatch, tmp_path: Path
) -> None:
    assert dispatch(*KNOWN).exit_code == 0
    looked = dispatch(*POST, "--dry-run")
    assert looked.exit_code == 0
    assert "1 letter goes by post" in looked.output
    assert "refused" in looked.output
    assert dispatch(*POST, "--yes").exit_code == 2  # no folder was named
    folder = tmp_path / "post"
    made = dispatch(*POST, "--out", folder, "--yes")
    assert made.exit_code == 0, made.output
    assert {each.name for each in folder.iterdir()} == {"OXO.pdf", "all-letters.pdf", "list.csv"}
    assert "at its own size" in made.output
    again = dispatch(*POST, "--out", folder, "--yes")
    assert again.exit_code == 1
    assert "is there already" in again.output


def test_what_is_said_of_a_letter_by_post_is_listed_with_what_it_proves(
    refused: App, dispatch: Dispatch, tmp_path: Path
) -> None:
    dispatch(*KNOWN)
    dispatch(*POST, "--out", tmp_path / "post.zip", "--yes")
    asked = dispatch(*POSTED, "--on", "25/07/2020", answer="n\n")
    assert asked.exit_code == 3
    assert "not that the letter arrived" in asked.output
    said = dispatch(*POSTED, "--on", "2020-07-25", "--as", "kim", "--yes", "--json")
    [row] = json.loads(said.output)
    assert (row["state"], row["posted_on"], row["by"]) == ("posted", "2020-07-25", "kim")
    assert row["proves"].endswith("not that it arrived.")
    twice = dispatch(*POSTED, "OXO", "--on", "2020-07-25", "--yes")
    assert twice.exit_code == 3
    assert "that is recorded already" in twice.output
    listed = dispatch(*POSTED)
    assert "posted on 25 July 2020" in " ".join(listed.output.split())


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("--on", "2020-07-26"), 1, "still to come"),
        (("--on", "soon"), 2, "is not a day"),
        (("--on", "2020-07-25", "--not-posted"), 2, "give one of"),
        (("--not-posted",), 1, "name the authorities"),
        (("OXO", "--withdraw"), 1, "was printed for the post to OXO"),
        ((), 0, "No letter of annual-review-2020 was printed for the post"),
    ],
)
def test_what_cannot_be_said_is_refused(
    refused: App, dispatch: Dispatch, words: tuple[str, ...], status: int, said: str
) -> None:
    assert refused
    found = dispatch(*POSTED, *words, *(("--yes",) if words else ()))
    assert found.exit_code == status
    assert said in found.output
