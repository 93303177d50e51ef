from __future__ import annotations

import csv
import io
import json
from dataclasses import fields

import pytest

from dispatch.app import App
from dispatch.domain.proof.ledger import Event
from dispatch.domain.publishing.spreadsheet import from_csv
from dispatch.proof.seal import seal
from dispatch.views.proof.events import EventCells
from tests import steps
from tests.cli.conftest import Dispatch
from tests.factories import forge
from tests.fakes import FakeClock

WHY = '=HYPERLINK("https://evil.example")'


@pytest.fixture(autouse=True)
def sent(app: App, clock: FakeClock) -> App:
    """A letter that was sent, all of it sealed, and a word that is not."""
    app.settings.home.mkdir()
    steps.released(app, clock, cc_roles=())
    steps.send_due(app)
    with app.sessions.begin() as session:
        assert seal(session, now=clock())
        said = {"because": WHY, "sha256": "ab" * 32}
        forge(session, Event(clock(), WHY, "contact.declined", "authority:OXO", said))
    return app


def test_people_see_when_who_did_what_about_whom(dispatch: Dispatch) -> None:
    result = dispatch("audit", "show", "--events", "--since", "2020-07-22")
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert max(map(len, lines)) <= 80
    said = " ".join(result.output.split())
    assert "22 Jul 2020 worker accepted by a" in said
    assert "09:00 BST" in said
    assert "OXO in" in said
    assert "envid" not in said
    assert "suggested contact" in said
    assert "because:" in said
    assert "abababab" not in said
    assert sum("not sealed" in line for line in lines) == 1


def test_what_nobody_did_is_said(dispatch: Dispatch) -> None:
    result = dispatch("audit", "show", "--events", "--person", "nobody")
    assert result.output == "No events match.\n"


def test_no_cell_of_the_csv_is_a_formula(dispatch: Dispatch) -> None:
    result = dispatch("audit", "show", "--events", "--csv", "--authority", "OXO")
    head, *rows = csv.reader(io.StringIO(result.stdout_bytes.decode("utf-8-sig"), newline=""))
    assert head == [field.name for field in fields(EventCells)]
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]
    *_, last = from_csv(result.stdout_bytes)
    assert last == {
        "at": "2020-07-22T09:00:00+01:00",
        "actor": WHY,
        "action": "contact.declined",
        "subject": "authority:OXO",
        "about": "the authority OXO",
        "detail": f"because: {WHY}; sha256: {'ab' * 32}",
        "entry": "",
    }


def test_a_program_gets_each_event_whole(dispatch: Dispatch) -> None:
    first, *_, last = json.loads(dispatch("audit", "show", "--events", "--json").output)
    assert (first["entry"], first["is_sealed"]) == (0, True)
    assert (last["entry"], last["is_sealed"]) == (None, False)
    assert last["at"] == "2020-07-22T08:00:00+00:00"
    assert last["detail"] == {"because": WHY, "sha256": "ab" * 32}
