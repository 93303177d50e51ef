from __future__ import annotations

import json

import pytest

from dispatch.app import App
from dispatch.database.tables import Delivery
from dispatch.register.store import contacts
from tests import steps
from tests.cli.conftest import Dispatch
from tests.fakes import FakeClock
from tests.notices import a_departure, came, named, token


@pytest.fixture
def suggested(app: App, clock: FakeClock) -> Delivery:
    """A delivery whose answer names somebody else."""
    steps.released(app, clock, cc_roles=())
    steps.send_due(app)
    [delivery] = steps.deliveries_of(app).values()
    came(app, a_departure("jo@oxo.example"), token(app, delivery))
    return delivery


def id_of(dispatch: Dispatch) -> str:
    [row] = json.loads(dispatch("notice", "suggestions", "--all", "--json").output)
    return str(row["id"])


def chief(app: App) -> str:
    with app.sessions.read() as session:
        return contacts.current(session)["OXO", "chief executive"].address


def test_who_is_suggested_is_listed_with_the_words(dispatch: Dispatch, suggested: Delivery) -> None:
    output = dispatch("notice", "suggestions", steps.NAME).output
    words = " ".join(output.split())
    assert "1 contact is suggested" in words
    assert "I have left." in words
    assert all(len(line) <= 80 for line in output.splitlines())


def test_who_is_accepted_is_in_post_and_nothing_is_sent(
    app: App, dispatch: Dispatch, suggested: Delivery
) -> None:
    words = ("notice", "suggestion", "accept", id_of(dispatch)[:8], "--as", "alex")
    assert "Put Jo Smith <jo@oxo.example> in post" in dispatch(*words, answer="n\n").output
    assert chief(app) == suggested.address
    output = dispatch(*words, "--yes").output
    assert "The chief executive of OXO is jo@oxo.example from today on." in output
    resend = f"dispatch resend {steps.NAME} --authority OXO --role 'chief executive' --because TEXT"
    assert f"Nothing was sent. To send the letter there:\n  {resend}\n" in output
    agreed = dispatch("resend", steps.NAME, "--authority", "OXO", "--because", "left", "--yes")
    assert "1 letter is queued" in agreed.output
    assert chief(app) == "jo@oxo.example"
    assert dispatch("notice", "suggestions").output == "Nobody is suggested.\n"


def test_what_nothing_proves_is_asked_in_the_words_of_the_risk_and_of_two_people(
    app: App, dispatch: Dispatch, clock: FakeClock
) -> None:
    steps.released(app, clock, cc_roles=())
    steps.send_due(app)
    [delivery] = steps.deliveries_of(app).values()
    came(app, a_departure("jo@0xo.example", clues=named(delivery)))
    listed = " ".join(dispatch("notice", "suggestions").output.split())
    assert "(looks like oxo.example)" in listed
    accept = ("notice", "suggestion", "accept", id_of(dispatch), "--because", "rang up")
    output = dispatch(*accept, answer="n\n").output
    asked = " ".join(output.split())
    for words in (
        "UNVERIFIED: anybody could have written this.",
        "It looks like the domain oxo.example, and is another.",
        "I have left. Please write to Jo Smith at jo@0xo.example.",
        "ring the council, on a number that is not from this message",
        "Nothing proves this contact. Accept it, if somebody else does as well?",
    ):
        assert words in asked
    assert all(len(line) <= 80 for line in output.splitlines())
    assert "Nothing has changed" in dispatch(*accept, "--as", "alex", "--yes").output
    assert chief(app) == delivery.address
    to = ("resend", steps.NAME, "--authority", "OXO", "--to", "jo@0xo.example", "--json")
    [stays] = json.loads(dispatch(*to, "--because", "left", "--yes").output)["staying"]
    assert "only an unverified message names jo@0xo.example, and two people" in stays["why"]
    done = dispatch(*accept, "--as", "kim", "--yes").output
    assert "The chief executive of OXO is jo@0xo.example from today on." in done
    assert "The words of alex and kim were typed at one keyboard, that of sam." in done
    agreed = dispatch("resend", steps.NAME, "--authority", "OXO", "--because", "left", "--yes")
    assert "1 letter is queued" in agreed.output


def test_who_is_declined_is_not(app: App, dispatch: Dispatch, suggested: Delivery) -> None:
    words = ("notice", "suggestion", "decline", id_of(dispatch), "--because", "a colleague")
    output = dispatch(*words).output
    assert output == "The chief executive of OXO stays chief.executive@oxo.example.\n"
    [row] = json.loads(dispatch("notice", "suggestions", "--all", "--json").output)
    assert (row["state"], row["decided_by"], row["because"]) == ("declined", "sam", "a colleague")
    assert chief(app) == suggested.address
