from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from dispatch.app import from_environ
from dispatch.cli import main
from dispatch.database import schema
from tests.cli.conftest import Dispatch


def test_a_database_is_brought_up_to_date_and_left_alone_after(tmp_path: Path) -> None:
    app = from_environ({"DISPATCH_HOME": str(tmp_path)})
    run = CliRunner().invoke
    assert run(main, ["db", "upgrade"], obj=app).output == "The database is up to date.\n"
    assert run(main, ["db", "upgrade"], obj=app).output == "Nothing to do.\n"


def test_a_newer_database_is_refused(dispatch: Dispatch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "age", lambda _: schema.Age.NEWER)
    result = dispatch("db", "upgrade")
    assert (result.exit_code, "newer dispatch" in result.output) == (1, True)


def test_a_dry_run_brings_nothing_up_to_date(dispatch: Dispatch) -> None:
    assert "up to date" in dispatch("db", "upgrade", "--dry-run").output
