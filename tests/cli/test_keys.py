from __future__ import annotations

from dataclasses import replace

import pytest

from dispatch.app import App, ready
from dispatch.database import connect
from dispatch.domain.proof.ledger import Event
from dispatch.ledger import journal
from tests import steps
from tests.cli.conftest import Dispatch
from tests.fakes import FakeClock

WHY = ("--because", "the disk failed", "--yes")


@pytest.fixture(autouse=True)
def _home(app: App, clock: FakeClock) -> None:
    app.settings.home.mkdir()
    steps.released(app, clock, cc_roles=())
    with app.sessions.begin() as session:
        journal.append(session, Event(clock(), "sam", "authority.changed", "authority:OXO"))
    ready(app)


def test_with_another_key_every_command_is_refused_until_a_person_says_that_it_is_lost(
    app: App, dispatch: Dispatch, database_url: str
) -> None:
    dispatch("audit", "checkpoint", "--out", app.settings.home / "checkpoint.txt")
    other = replace(app, sessions=connect(database_url, b"another key for tests"))
    assert dispatch("db", "backup", app.settings.home / "backup.gz", obj=other).exit_code == 0
    app.settings.signing_key_file.unlink()
    refused = dispatch("mailout", "list", obj=other)
    assert (refused.exit_code, "dispatch audit new-keys" in refused.output) == (1, True)
    given = ("--checkpoint", app.settings.home / "checkpoint.txt")
    done = dispatch("audit", "new-keys", *WHY, *given, obj=other)
    assert done.exit_code == 0, done.output
    assert "the secret key and the signing key were replaced" in done.output
    assert dispatch("audit", "verify", obj=other).exit_code == 0
    assert dispatch("mailout", "list").exit_code == 1
    again = dispatch("audit", "new-keys", *WHY, obj=other)
    assert "change nothing" in again.output
