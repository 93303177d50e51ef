from __future__ import annotations

from pathlib import Path

import pytest

from dispatch.app import App
from tests.cli.conftest import Dispatch


@pytest.fixture(autouse=True)
def _home(app: App) -> None:
    app.settings.home.mkdir()


def test_a_backup_says_what_is_in_it_and_what_is_not(dispatch: Dispatch, tmp_path: Path) -> None:
    said = dispatch("db", "backup", tmp_path / "backup.gz").output
    assert f"{tmp_path}/backup.gz: " in said.replace("\n", "")
    assert "1 row of" in said  # the key that the database knows
    assert "The keys are not in it" in said
    again = dispatch("db", "backup", tmp_path / "backup.gz")
    assert (again.exit_code, "there already" in again.output) == (1, True)
    assert dispatch("db", "backup", tmp_path / "backup.gz", "--force").exit_code == 0
