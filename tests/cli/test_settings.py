from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Dispatch


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_what_is_wrong_stands_below_the_settings_and_is_the_exit_status(
    dispatch: Dispatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert dispatch("settings").exit_code == 0
    monkeypatch.setenv("DISPATCH_WORKRES", "3")
    result = dispatch("settings", "--set")
    assert result.exit_code == 1
    assert "DISPATCH_WORKRES: no such setting; did you mean DISPATCH_WORKERS?" in result.output
    assert "  To do: correct its name, or delete it, in the environment" in result.output
    assert all(len(line) <= 80 for line in result.output.splitlines())


def test_a_program_gets_each_setting_as_well(dispatch: Dispatch) -> None:
    lines = dispatch("settings", "--format", "jsonl").output.splitlines()
    assert {"name", "value", "source", "trouble", "remedy"} == {*json.loads(lines[0])}
