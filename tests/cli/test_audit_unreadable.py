from __future__ import annotations

import pytest
from sqlalchemy import text

from dispatch.app import App
from tests import packs, steps
from tests.cli.conftest import Dispatch
from tests.databases import POSTGRESQL
from tests.fakes import FakeClock, FakeTransport


@pytest.mark.skipif(bool(POSTGRESQL), reason="only SQLite takes any value anywhere")
def test_a_value_that_cannot_be_read_is_told_in_one_line(
    app: App, clock: FakeClock, transport: FakeTransport, dispatch: Dispatch
) -> None:
    app.settings.home.mkdir()
    packs.lived_through(app, clock, transport)
    for table, column, value in (
        ("delivery", "created_at", "'words'"),
        ("delivery", "state", "'read'"),
        ("letter", "draft", "'[]'"),
        ("mailout", "plan", "'{}'"),
        ("attempt", "code", "'x'"),
        ("event", "detail", "'[1]'"),
        ("contact", "valid_from", "7"),
    ):
        with app.sessions.begin() as session:
            was = f"SELECT {column} FROM {table} ORDER BY rowid LIMIT 1"  # noqa: S608
            kept = session.execute(text(was)).scalar_one()
            one = f"UPDATE {table} SET {column} = %s WHERE rowid = 1"  # noqa: S608
            session.execute(text(one % value))
        for words in (
            ("audit", "verify"),
            ("audit", "show"),
            ("audit", "show", "--events"),
            ("audit", "evidence", steps.NAME, "OXO", "--out", app.settings.home / "pack"),
            ("mailout", "status", steps.NAME),
        ):
            done = dispatch(*words)
            assert done.exception is None or isinstance(done.exception, SystemExit), (table, words)
            if words[1] == "verify":
                assert done.exit_code == 1, (table, done.output)
        with app.sessions.begin() as session:
            session.execute(text(one % ":kept"), {"kept": kept})
