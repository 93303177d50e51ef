from __future__ import annotations

import json

import pytest

from dispatch.app import App
from tests import steps
from tests.cli.conftest import Dispatch
from tests.fakes import FakeTransport

CONFIRM = ("contacts", "confirm", steps.NAME)


@pytest.fixture
def server(app: App) -> FakeTransport:
    assert isinstance(app.transport, FakeTransport)
    return app.transport


def test_contacts_are_asked_after_a_look_and_who_has_not_answered_is_listed(
    app: App, dispatch: Dispatch, server: FakeTransport
) -> None:
    steps.planned(app, "OXO")
    assert "2 of 2 contacts would be asked:" in dispatch(*CONFIRM, "--dry-run").output
    assert server.sent == []
    assert "Ask 2 contacts" in dispatch(*CONFIRM, answer="n\n").output
    assert server.sent == []
    output = dispatch(*CONFIRM, "--yes").output
    assert "2 questions were accepted by the mail server." in output
    assert "OXO chief executive: Ms Adeyemi <chief.executive@oxo.example>: asked, and" in output
    assert len(server.sent) == 2
    rows = json.loads(dispatch(*CONFIRM, "--list", "--json").output)
    assert [each["standing"] for each in rows] == ["asked, and nothing came back"] * 2
    assert dispatch(*CONFIRM, "--yes").exit_code == 3
    assert len(server.sent) == 2
    assert "Nobody is left to ask." in dispatch(*CONFIRM, "--dry-run").output


def test_a_program_says_whether_to_ask(app: App, dispatch: Dispatch) -> None:
    steps.planned(app, "OXO")
    assert dispatch(*CONFIRM, "--json").exit_code == 2
