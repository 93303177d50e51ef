from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

from dispatch.app import App
from dispatch.ledger import journal
from tests import packs, steps
from tests.cli.conftest import Dispatch
from tests.fakes import FakeClock, FakeTransport


@pytest.fixture
def lived(app: App, clock: FakeClock, transport: FakeTransport) -> App:
    app.settings.home.mkdir()
    packs.lived_through(app, clock, transport)
    return app


def test_a_pack_is_made_and_proves_itself(lived: App, dispatch: Dispatch, tmp_path: Path) -> None:
    out = tmp_path / "oxford.zip"
    result = dispatch("audit", "evidence", steps.NAME, "oxo", "--out", out)
    assert result.exit_code == 0, result.output
    key = dispatch("audit", "key").output.strip()
    words = [sys.executable, "-I", str(packs.VERIFIER), str(out), "--key", key]
    done = subprocess.run(words, capture_output=True, text=True, check=False)  # noqa: S603 - ours
    assert (done.returncode, done.stderr) == (0, "")
    assert re.search(r"oxford\.zip: \d\d files, proven up to seal \d+\.\n", result.output)


def test_it_says_what_the_whole_pack_and_its_verifier_are_known_by(
    lived: App, dispatch: Dispatch, tmp_path: Path
) -> None:
    result = dispatch("audit", "evidence", steps.NAME, "OXO", "--out", tmp_path / "pack")
    manifest = (tmp_path / "pack" / "manifest.json").read_bytes()
    assert hashlib.sha256(manifest).hexdigest() in result.output
    verifier = (tmp_path / "pack" / "verify.py").read_bytes()
    told = dispatch("audit", "key", "--verifier").output
    assert told == f"{hashlib.sha256(verifier).hexdigest()}\n"


@pytest.mark.parametrize(
    ("code", "said"),
    [("XYZ", "no authority has the code 'XYZ'"), ("OXO", "is there already: name a new folder")],
)
def test_what_cannot_be_packed_is_said_in_one_line(
    lived: App, dispatch: Dispatch, tmp_path: Path, code: str, said: str
) -> None:
    result = dispatch("audit", "evidence", steps.NAME, code, "--out", tmp_path)
    assert result.exit_code == 1
    assert said in result.output


def test_before_anything_is_sealed_nothing_is_packed(
    app: App, dispatch: Dispatch, tmp_path: Path
) -> None:
    app.settings.home.mkdir()
    result = dispatch("audit", "evidence", steps.NAME, "OXO", "--out", tmp_path / "pack")
    assert result.exit_code == 1
    assert "nothing has been sealed yet" in result.output
    assert not (tmp_path / "pack").exists()


def test_a_redacted_pack_is_asked_for_and_each_is_on_record(
    lived: App, dispatch: Dispatch, tmp_path: Path
) -> None:
    for words in ((), ("--redact",)):
        out = tmp_path / f"pack{len(words)}"
        assert dispatch("audit", "evidence", steps.NAME, "oxo", "--out", out, *words).exit_code == 0
    assert not (tmp_path / "pack1" / "people").exists()
    with lived.sessions.read() as session:
        told = [each.detail for each in journal.events(session, "export:evidence")]
    manifest = (tmp_path / "pack1" / "manifest.json").read_bytes()
    assert [each["redacted"] for each in told] == ["no", "yes"]
    assert told[1]["authority"] == "OXO"
    assert told[1]["manifest"] == hashlib.sha256(manifest).hexdigest()
