from __future__ import annotations

import socket
from dataclasses import replace
from datetime import timedelta

import pytest

from dispatch.app import App
from dispatch.sending.store.first_letters import INBOX
from dispatch.tracking.store import heartbeats
from tests.cli.conftest import Dispatch
from tests.fakes import FakeClock

HERE = socket.gethostname()


@pytest.mark.parametrize(
    ("kind", "name", "seconds", "is_alive"),
    [
        ("clock", f"clock@{HERE}", 10, True),
        ("clock", f"clock@{HERE}", 120, False),
        ("clock", "clock@elsewhere", 10, False),
        ("worker", f"worker-2@{HERE}", 10, True),
        ("worker", f"worker-2@x{HERE}", 10, False),
    ],
)
def test_a_process_is_alive_that_has_just_done_something(  # noqa: PLR0913, PLR0917 - a table
    dispatch: Dispatch,
    app: App,
    clock: FakeClock,
    kind: str,
    name: str,
    seconds: int,
    is_alive: bool,
) -> None:
    with app.sessions.begin() as session:
        heartbeats.beat(session, kind, name, clock() - timedelta(seconds=seconds), timedelta(0))
    result = dispatch("alive", kind)
    assert result.exit_code == (0 if is_alive else 1)
    assert ("works" in result.output) is is_alive


def test_one_that_was_never_seen_is_not(dispatch: Dispatch) -> None:
    assert dispatch("alive", "worker").exit_code == 1


def test_incoming_is_alive_once_a_mailbox_was_looked_at(
    dispatch: Dispatch, app: App, clock: FakeClock
) -> None:
    assert dispatch("alive", "incoming").exit_code == 0  # nothing to look at
    settings = app.settings.model_copy(update={"lmtp_listen": "127.0.0.1:2424"})
    listening = replace(app, settings=settings)
    assert dispatch("alive", "incoming", obj=listening).exit_code == 1
    with app.sessions.begin() as session:
        heartbeats.beat(session, INBOX, "lmtp", clock(), timedelta(0))
    assert dispatch("alive", "incoming", obj=listening).exit_code == 0
