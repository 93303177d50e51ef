from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click
import pytest

from dispatch.cli import main
from tests.cli.conftest import Dispatch


def commands(group: click.Group, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Return the words of every command."""
    found: list[tuple[str, ...]] = []
    for name, command in group.commands.items():
        found.append((*path, name))
        if isinstance(command, click.Group):
            found += commands(command, (*path, name))
    return found


@pytest.mark.parametrize("words", commands(main), ids=" ".join)
def test_every_command_explains_itself_in_80_columns(
    dispatch: Dispatch, words: tuple[str, ...]
) -> None:
    result = dispatch(*words, "--help")
    assert result.exit_code == 0
    assert result.output.startswith("Usage: ")
    assert all(len(line) <= 80 for line in result.output.splitlines())


def test_commands_are_listed_in_the_order_of_the_path() -> None:
    assert list(main.commands) == [
        "demo",
        "run",
        "db",
        "import",
        "mailout",
        "letter",
        "delivery",
    ]


def test_a_wrong_setting_is_one_error_and_no_traceback(tmp_path: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "dispatch", "mailout", "list"],
        env={"DISPATCH_HOME": str(tmp_path), "DISPATCH_WORKERS": "many"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert "DISPATCH_WORKERS" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_mailouts_commands_are_listed_in_the_order_of_the_path(dispatch: Dispatch) -> None:
    output = dispatch("mailout", "--help").output
    order = ["new", "list", "check", "render", "proof", "approve", "schedule", "status"]
    places = [output.index(f"  {name} ") for name in order]
    assert places == sorted(places)
    assert "..." not in output.partition("Commands:")[2]
