"""What dispatch takes from others, and under which licence it gives itself away."""

from __future__ import annotations

import tomllib
from importlib.metadata import distribution, packages_distributions
from pathlib import Path
from typing import Any

import pytest

from dispatch.documents import font

ROOT = Path(__file__).parents[1]


def table(name: str) -> dict[str, Any]:
    return tomllib.loads((ROOT / name).read_text())


def test_the_licence_that_the_package_names_is_there_in_full() -> None:
    project = table("pyproject.toml")["project"]
    text = (ROOT / "LICENSE").read_text()
    assert project["license"] == "MIT"
    assert text.startswith("MIT License\n\nCopyright (c) ")
    assert all((ROOT / name).is_file() for name in project["license-files"])


@pytest.mark.parametrize("lock", ["uv.lock", ".ci/verapdf.py.lock"])
def test_whatever_is_fetched_has_its_digest_in_a_lock(lock: str) -> None:
    for package in table(lock)["package"]:
        files = [*package.get("wheels", []), *filter(None, [package.get("sdist")])]
        assert files or package["source"] == {"editable": "."}, package["name"]
        assert all(each["hash"].startswith("sha256:") for each in files)


def test_what_builds_the_package_is_locked_too() -> None:
    project, locked = (
        table("pyproject.toml"),
        {each["name"] for each in table("uv.lock")["package"]},
    )
    assert {*project["build-system"]["requires"], "editables", "uv"} <= locked
    assert project["tool"]["uv"]["no-build-isolation-package"] == ["ombudsman-dispatch"]
    assert "--require-hashes" in (ROOT / "Makefile").read_text()


def test_the_font_comes_with_its_licence() -> None:
    (package,) = packages_distributions()["fontpkg_lato"]
    assert "SIL OPEN FONT LICENSE" in (font.FOLDER.parent / "LICENSE").read_text()
    assert package in (ROOT / "NOTICE.md").read_text()
    assert distribution(package).version
