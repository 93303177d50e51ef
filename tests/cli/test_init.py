from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from dispatch.cli import main
from dispatch.upkeep import folder

LETTER = "templates/annual-review/letter.md"


def init(*words: str | Path) -> str:
    """Run it as a person does who has no settings yet."""
    result = CliRunner(env={"COLUMNS": "80"}).invoke(main, ["init", *map(str, words)])
    assert result.exit_code == 0, result.output
    return result.output


def test_it_says_what_to_do_next_and_makes_no_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    said = init("office")
    assert "keep a copy of the file elsewhere" in said
    assert said.endswith(f"  cd office\n  dispatch run\nand in a second terminal:\n  cd {tmp_path}"
                         f"/office\n  dispatch rehearse\n")  # fmt: skip
    assert os.listdir(tmp_path) == ["office"]  # noqa: PTH208 - names are enough


def test_a_second_run_says_what_differs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    init(tmp_path)
    assert "every file is as dispatch" in init(tmp_path)
    (tmp_path / LETTER).write_text("Ours\n")
    assert f"Changed by you alone:\n  {LETTER}\n" in init(tmp_path)
    files = {**folder.given(), LETTER: b"Theirs\n", "README.md": b"Newer\n"}
    monkeypatch.setattr(folder, "given", lambda: files)
    said = init(tmp_path, "--diff")
    assert "Changed in this version and not by you; --update takes them:\n  README.md\n" in said
    assert "Changed by both" in said
    assert "\n-Ours\n+Theirs\n" in said
    said = init(tmp_path, "--update")
    assert f"Changed by both: ours is beside yours, as NAME.new:\n  {LETTER}" in said
    assert (tmp_path / LETTER).read_text() == "Ours\n"


def test_a_program_reads_the_same(tmp_path: Path) -> None:
    said = json.loads(init(tmp_path, "--json"))
    assert said["before"] == ""
    assert {"path": LETTER, "stands": "new", "step": "written"} in said["files"]
    assert "SECRET_KEY" not in json.dumps(said)
