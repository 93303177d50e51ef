from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Final

import pytest

from dispatch.documents import Templates
from dispatch.files.shipped import own_migration, own_templates, shipped
from tests.conftest import ROOT

USED: Final = """
import sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from dispatch import log
from dispatch.documents import Templates
from dispatch.documents import Templates
from dispatch.files.shipped import shipped
log.begin()
print(shipped("templates"), Templates(shipped("templates")).digest("annual-review"))
"""
"""Uses the dispatch of a folder, and not the one that this environment has."""


def test_a_checkout_has_its_templates_and_examples_beside_the_package() -> None:
    assert shipped("templates") == ROOT / "templates"
    assert (shipped("config") / "mailouts").is_dir()


@pytest.mark.slow
def test_a_wheel_is_whole(tmp_path: Path) -> None:
    uv = Path(sys.executable).with_name("uv")
    made = [str(uv), "build", "--quiet", "--wheel", "--out-dir", str(tmp_path), str(ROOT)]
    subprocess.run(made, check=True)  # noqa: S603 - our own
    [wheel] = tmp_path.glob("*.whl")
    zipfile.ZipFile(wheel).extractall(tmp_path / "there")
    asked = [sys.executable, "-I", "-c", USED, str(tmp_path / "there")]
    done = subprocess.run(asked, capture_output=True, text=True, check=True)  # noqa: S603 - ours
    there = tmp_path / "there" / "dispatch" / "shipped"
    digest = Templates(ROOT / "templates").digest("annual-review")
    assert done.stdout == f"{there}/templates {digest}\n"
    for name in ("evidence/verify.py", "upload/page.js", "notice"):
        assert (there / "templates" / name).exists()
    assert sorted(path.name for path in (there / "config").iterdir()) == sorted(
        path.name for path in (ROOT / "config").iterdir()
    )


def test_a_version_says_which_migration_and_templates_it_has() -> None:
    assert own_migration().isdecimal()
    assert len(own_migration()) == 4
    assert own_templates() == own_templates()
    assert len(own_templates()) == 12
