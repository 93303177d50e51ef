from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "dispatch/domain"
PACKAGES = ["dispatch.domain"] + [
    f"dispatch.domain.{path.name}"
    for path in sorted(FOLDER.iterdir())
    if (path / "__init__.py").exists()
]


@pytest.mark.parametrize("package", PACKAGES)
def test_the_map_of_a_package_names_every_module_once(package: str) -> None:
    module = import_module(package)
    named = re.findall(r"^(\w+)  +\w", module.__doc__ or "", flags=re.MULTILINE)
    there = {path.stem for path in Path(module.__path__[0]).glob("[a-z]*.py")}
    assert sorted(named) == sorted(there)


def test_the_domain_names_the_folder_of_each_subject() -> None:
    told = (import_module("dispatch.domain").__doc__ or "").rpartition("its package: ")[2]
    assert sorted(re.findall(r"\w+", told)) == [each.rpartition(".")[2] for each in PACKAGES[1:]]
