from __future__ import annotations

import pytest

from dispatch.app import App
from tests import steps
from tests.cli.conftest import Dispatch
from tests.cli.test_appoint import SAID, chief, put
from tests.factories import a_contact


def test_a_name_may_be_given_in_its_parts(app: App, dispatch: Dispatch) -> None:
    steps.planned(app)
    parts = ("--given-name", "Jo", "--surname", "Smith", "--job-title", "Town Clerk", "--yes")
    assert "Jo Smith, Town Clerk <new@oxo.example>" in put(dispatch, *parts, answer=None).output
    found = chief(app)
    assert found
    assert (found.honorific, found.given_name, found.surname) == (None, "Jo", "Smith")


def test_the_same_person_may_have_another_address(app: App, dispatch: Dispatch) -> None:
    steps.planned(app)
    assert put(dispatch, "--same-person").exit_code == 0
    assert chief(app) == a_contact("OXO", address="new@oxo.example")


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--name", "Mitchell"), "which part of 'Mitchell' is the surname"),
        (("--name", "Jo Smith", "--surname", "X"), "give either --name or the parts of it"),
        (("--same-person", "--name", "Jo Smith"), "--same-person keeps the name"),
        (("--from", "soon"), "is not a day"),
    ],
)
def test_what_cannot_be_meant_is_a_misunderstanding(
    app: App, dispatch: Dispatch, words: tuple[str, ...], why: str
) -> None:
    steps.planned(app)
    result = put(dispatch, *words)
    assert (result.exit_code, why in " ".join(result.output.split())) == (2, True)


def test_a_role_that_there_is_not_is_refused_with_those_there_are(
    app: App, dispatch: Dispatch
) -> None:
    steps.planned(app)
    result = dispatch("contacts", "end", "OXO", "mayor", *SAID)
    assert result.exit_code == 2
    assert "these are known: chief executive" in " ".join(result.output.split())
