from __future__ import annotations

import json
from dataclasses import replace

import pytest
from click.testing import Result
from sqlalchemy import text

from dispatch.app import App
from dispatch.domain.digest import sha256
from dispatch.domain.proof.ledger import Event
from dispatch.ledger import journal
from tests import steps
from tests.cli.conftest import Dispatch
from tests.fakes import FakeClock

SOMEBODY = ("--person", "Adeyemi", "--address", "chief.executive@oxo.example")


@pytest.fixture(autouse=True)
def sent(app: App, clock: FakeClock) -> App:
    app.settings.home.mkdir()
    steps.released(app, clock, cc_roles=())
    steps.send_due(app)
    return app


def exported(app: App) -> list[Event]:
    with app.sessions.read() as session:
        return [each for each in journal.events(session) if each.action == "audit.exported"]


@pytest.mark.parametrize(
    ("words", "what", "form"),
    [
        (("--json",), "deliveries", "json"),
        (("--csv",), "deliveries", "csv"),
        (("--json", "--events"), "events", "json"),
        (("--csv", "--events"), "events", "csv"),
    ],
)
def test_what_a_program_is_given_is_in_the_ledger_first(
    app: App, clock: FakeClock, dispatch: Dispatch, words: tuple[str, ...], what: str, form: str
) -> None:
    result = dispatch("audit", "show", *words, *SOMEBODY)
    assert result.exit_code == 0
    [event] = exported(app)
    assert (event.actor, event.at, event.subject) == ("sam", clock(), f"export:{what}")
    rows = len(json.loads(result.output)) if form == "json" else result.output.count("\n") - 1
    assert rows
    assert event.detail == {
        "format": form,
        "rows": str(rows),
        "filters": "address, person",
        "sha256": sha256(result.stdout_bytes),
        "at_keyboard": "sam",
    }
    for name in ("Adeyemi", "oxo.example"):
        assert name not in str(event)


def test_what_is_only_shown_is_no_export(app: App, dispatch: Dispatch) -> None:
    dispatch("audit", "show")
    dispatch("audit", "show", "--events")
    assert exported(app) == []


def test_without_a_filter_none_is_named(app: App, dispatch: Dispatch) -> None:
    dispatch("audit", "show", "--csv")
    assert "filters" not in exported(app)[0].detail


def refused(result: Result) -> str:
    assert result.exit_code == 1
    assert not result.stdout
    return result.stderr


def test_what_cannot_be_recorded_is_not_printed(app: App, dispatch: Dispatch) -> None:
    assert "not the name of a person" in refused(
        dispatch("audit", "show", "--csv", obj=replace(app, person="worker"))
    )
    with app.sessions.begin() as session:
        session.execute(text("ALTER TABLE event RENAME COLUMN actor TO who"))
    assert "the database does not answer" in refused(dispatch("audit", "show", "--csv"))
