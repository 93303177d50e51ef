from __future__ import annotations

import pytest
from click.testing import Result

from dispatch.app import App
from dispatch.database.tables import Suppression
from dispatch.domain.authority import Contact
from dispatch.domain.mailout import MailoutState
from dispatch.register.store import register
from tests import steps
from tests.cli.conftest import Dispatch
from tests.factories import a_contact

SAID = ("--as", "alex", "--because", "rang up")


def chief(app: App) -> Contact | None:
    with app.sessions.read() as session:
        return register.contacts_in_post(session).get(("OXO", "chief executive"))


def put(dispatch: Dispatch, *words: str, answer: str | None = "y\n") -> Result:
    address = () if "--address" in words else ("--address", "new@oxo.example")
    given = ("contacts", "set", "oxo", "Chief-Executive", *address, *words, *SAID)
    return dispatch(*given, answer=answer)


def test_a_change_is_shown_and_asked_about_first(app: App, dispatch: Dispatch) -> None:
    steps.planned(app)
    result = put(dispatch, "--name", "Mr Jo Mitchell", answer="n\n")
    words = " ".join(result.output.split())
    assert "The chief executive of OXO, from 20 July 2020 on" in words
    assert "until then Ms Adeyemi <chief.executive@oxo.example>" in words
    assert "from then on Mr Jo Mitchell <new@oxo.example>" in words
    assert result.exit_code == 1
    assert chief(app) == a_contact("OXO")
    result = put(dispatch, "--name", "Mr Jo Mitchell")
    assert "It is recorded. Nothing was sent: to resend a letter is a separate step." in (
        result.output
    )
    assert chief(app) == a_contact(
        "OXO", address="new@oxo.example", honorific="Mr", given_name="Jo", surname="Mitchell"
    )


def test_a_post_is_ended_with_a_warning(app: App, dispatch: Dispatch) -> None:
    steps.approved(app)
    result = dispatch("contacts", "end", "OXO", "chief executive", *SAID, "--yes")
    words = " ".join(result.output.split())
    assert "from then on nobody" in words
    assert "A mailout to the chief executive cannot write to OXO until somebody is set." in words
    assert "annual-review-2020 would go back to draft" in words
    assert chief(app) is None
    assert steps.state_of(app) is MailoutState.DRAFT
    result = put(dispatch, "--same-person")
    assert "there is no name to keep" in result.output


def test_what_may_be_a_slip_is_said(app: App, dispatch: Dispatch) -> None:
    steps.planned(app, "OXO", "ADU")
    key = "chief.executive@adu.example"
    with app.sessions.begin() as session:
        session.add(Suppression(address=key, reason="x", added_at=app.clock(), added_by="sam"))
    output = put(dispatch, "--address", key, answer="n\n").output
    assert "The address also serves ADU." in output
    assert "The address is suppressed" in output


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--address", "new@"), "is not an email address"),
        (("--surname", "李"), "the font of the letters cannot show"),
        (("--from", "2021-01-01"), "1 January 2021 is still to come"),
        (("--from", "2019-01-01"), "changed on 1 January 2020"),
    ],
)
def test_what_cannot_be_recorded_is_refused_with_the_rule(
    app: App, dispatch: Dispatch, words: tuple[str, ...], why: str
) -> None:
    steps.planned(app)
    result = put(dispatch, *words)
    assert (result.exit_code, why in result.output) == (1, True)
    assert chief(app) == a_contact("OXO")
