"""From `pip install` of the wheel, without the source tree, to a rehearsal: four commands."""

from __future__ import annotations

import json
import os
import subprocess
import venv
from pathlib import Path
from typing import Final

import pytest

from tests.conftest import ROOT
from tests.journeys.services import wait_until
from tests.patience import HANG_SECONDS

pytestmark = pytest.mark.slow

OF_A_CHECKOUT: Final = ("DISPATCH", "PYTHON", "VIRTUAL_ENV", "COVERAGE", "UV")
"""How the names begin of what this environment has and an office's has not."""


class Installed:
    """A folder with dispatch in an environment of its own, and an office beside it."""

    def __init__(self, folder: Path) -> None:
        self.office = folder / "office"
        self._folder = folder
        self._bin = folder / "venv" / "bin"
        plain = {n: each for n, each in os.environ.items() if not n.startswith(OF_A_CHECKOUT)}
        path = f"{self._bin}{os.pathsep}/usr/local/bin:/usr/bin:/bin"
        pages = str(folder / "pages.sock")  # the usual port may be taken on this machine
        self.environ = {**plain, "PATH": path, "DISPATCH_WEB_LISTEN": pages}

    def command(self, *words: str, at: Path | None = None) -> str:
        """Give a command as somebody types it; return what it said."""
        done = subprocess.run(
            [self._bin / words[0], *words[1:]],
            cwd=at or self._folder,
            env=self.environ,
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
            timeout=HANG_SECONDS,
        )
        assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
        return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The wheel, installed by pip with the versions that uv.lock names."""
    folder = tmp_path_factory.mktemp("installed")
    made = ["make", "--no-print-directory", "-C", str(ROOT), "wheel", f"DIST={folder}"]
    subprocess.run(made, check=True, capture_output=True)
    venv.create(folder / "venv", with_pip=True)
    found = Installed(folder)
    (wheel,) = folder.glob("ombudsman_dispatch-*.whl")
    found.command("pip", "install", "--quiet", str(wheel), "-c", "constraints.txt")
    return found


def test_four_commands_take_an_office_to_a_rehearsal(installed: Installed) -> None:
    where = installed.command("python", "-I", "-c", "import dispatch; print(dispatch.__file__)")
    assert where.startswith(str(installed.office.parent / "venv"))

    installed.command("dispatch", "init", "office")
    log = installed.office.parent / "run.log"
    with log.open("wb") as out:
        services = subprocess.Popen(
            [installed.office.parent / "venv/bin/dispatch", "run"],
            cwd=installed.office,
            env=installed.environ,
            stdout=out,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
        )
        try:
            said = installed.command("dispatch", "rehearse", "--json", at=installed.office)
            wait_until((installed.office.parent / "pages.sock").exists)
        finally:
            services.terminate()
            ended = services.wait(HANG_SECONDS)
    assert ended == 0, log.read_text()
    result = json.loads(said)
    assert result["letters"] > 20
    assert result["accepted"] > 40
    assert result["refused"] == 1
    caught = list((installed.office / "rehearsal" / "mail" / "new").iterdir())
    assert len(caught) >= result["accepted"]


def test_version_control_gets_neither_secrets_nor_people(installed: Installed) -> None:
    installed.command("dispatch", "init", "office")
    (installed.office / "contacts.csv").write_text("a@b.example")
    for words in (["init", "-q"], ["add", "."]):
        subprocess.run(
            ["git", "-C", str(installed.office), *words], check=True, capture_output=True
        )
    listed = ["git", "-C", str(installed.office), "ls-files"]
    kept = subprocess.run(listed, check=True, capture_output=True, text=True).stdout.split()
    given = json.loads((installed.office / "given.json").read_text())["files"]
    assert given.keys() - set(kept) == set()
    assert set(kept) - given.keys() == {"given.json"}  # neither .env nor anybody's data


def test_the_demo_finds_its_sample(installed: Installed) -> None:
    said = installed.command("dispatch", "demo", "--once", "--small", "--json")
    assert json.loads(said)["reached"] > 20
