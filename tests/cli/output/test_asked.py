"""Every command that changes something can be asked what it would do."""

from __future__ import annotations

from collections.abc import Callable

import click
import pytest
from sqlalchemy import select

from dispatch.app import App
from dispatch.database.tables import EventRow
from tests import steps
from tests.cli.conftest import Dispatch
from tests.commands import every_command
from tests.fakes import FakeClock, FakeTransport

COMMANDS = {
    " ".join(words): each for words, each in every_command() if not isinstance(each, click.Group)
}

SHOW = {
    *("settings", "alive", "open", "metrics", "catcher list", "catcher show", "user list"),
    *("token list", "contacts show", "mailout list", "mailout show", "mailout check"),
    *("mailout status", "mailout unreached", "template list", "template values", "letter show"),
    *("delivery list", "delivery show", "delivery doubtful", "notice list", "notice show"),
    *("notice suggestions", "notice classify", "explain", "suppression list", "upload verify"),
    *("keys dkim", "audit verify", "audit key", "audit show", "completion", "template preview"),
}
"""They show something; a file that they write is a new one, which `--out` names."""

WITHOUT = {
    "demo": "makes an office of its own, aside from any other",
    "rehearse": "makes an office of its own, aside from any other",
    "init": "never overwrites; run again, it says what has changed, and `--diff` how",
    "run": "starts the services, until it is stopped",
    "listen": "takes messages in, until it is stopped",
    "receive": "takes in what lies in the mailbox, as a worker does each minute",
    "doctor": "looks; it sends a message only where --send-to names an address",
    "notice quarantine": "shows; with --again a message is read again, which changes nothing else",
    "db backup": "writes a new file, and changes nothing here",
    "audit checkpoint": "writes a new file, and changes nothing here",
    "audit evidence": "writes a new folder, and changes nothing here",
}


def test_every_command_that_changes_something_has_a_dry_run() -> None:
    dry = {
        name for name, each in COMMANDS.items() if any("--dry-run" in o.opts for o in each.params)
    }
    assert sorted(COMMANDS.keys() - dry) == sorted(SHOW | WITHOUT.keys())


def test_what_somebody_answers_for_is_not_among_those_that_only_show() -> None:
    acts = {
        name
        for name, each in COMMANDS.items()
        if {"--as", "--because", "--yes"} & {o for p in each.params for o in p.opts}
    }
    assert acts & SHOW == set()
    assert acts & WITHOUT.keys() == {"doctor"}


Ready = Callable[[App, FakeClock], None]


def _rendered(app: App, _: FakeClock) -> None:
    steps.rendered(app, "OXO")


def _planned(app: App, _: FakeClock) -> None:
    steps.planned(app, "OXO")


def _released(app: App, clock: FakeClock) -> None:
    steps.released(app, clock, "OXO")


CHIEF = "chief.executive@oxo.example"
WHY = ("--because", "it is asked")


@pytest.mark.parametrize(
    ("made_ready", "words", "said"),
    [
        (_planned, ("mailout", "render", steps.NAME), "1 letter to make, 0 up to date"),
        (_rendered, ("mailout", "ask-approval", steps.NAME), "Would ask for"),
        (_rendered, ("mailout", "send-back", steps.NAME, *WHY), "a draft again"),
        (_released, ("mailout", "pause", steps.NAME, *WHY), "Would hold"),
        (
            _released,
            ("suppression", "add", CHIEF, *WHY),
            "Not sent: the letter of OXO to its chief",
        ),
        (_rendered, ("letter", "send-test", steps.NAME, "OXO", "--to", CHIEF, *WHY), "version 1"),
        (_planned, ("user", "add", "Jo Baker", "--role", "viewer"), "Would make an account"),
    ],
    ids=lambda each: " ".join(each[:2]) if isinstance(each, tuple) else "",
)
def test_a_dry_run_says_what_would_be_done_and_does_nothing(
    app: App,
    clock: FakeClock,
    dispatch: Dispatch,
    made_ready: Ready,
    words: tuple[str, ...],
    said: str,
) -> None:
    made_ready(app, clock)
    before, state = _events(app), steps.state_of(app)
    result = dispatch(*words, "--dry-run")
    assert (result.exit_code, said in result.output) == (0, True), result.output
    assert "Nothing was " in result.output
    assert isinstance(app.transport, FakeTransport)
    assert (_events(app), steps.state_of(app), app.transport.sent) == (before, state, [])


def _events(app: App) -> list[int]:
    with app.sessions.read() as session:
        return list(session.scalars(select(EventRow.id).order_by(EventRow.id)))
