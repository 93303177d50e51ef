"""The layout keeps its own promises."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from statistics import median

import pytest

from dispatch import stages

ROOT = Path(__file__).parents[1]
MODULES = sorted(
    path.relative_to(ROOT)
    for path in (ROOT / "dispatch").rglob("*.py")
    if "versions" not in path.parts
)
NAMED = [
    path for path in MODULES if not path.name.startswith("__") and "migrations" not in path.parts
]
MAP = re.compile(r"^(\w+)  +\w")


def length(module: Path) -> int:
    return len((ROOT / module).read_text().splitlines())


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_no_module_is_long(module: Path) -> None:
    assert length(module) <= 300


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_no_function_is_long(module: Path) -> None:
    functions = (
        node
        for node in ast.walk(ast.parse((ROOT / module).read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    long = {node.name: (node.end_lineno or 0) - node.lineno for node in functions}
    assert {name: lines for name, lines in long.items() if lines >= 50} == {}


def test_most_modules_are_short() -> None:
    assert median(map(length, NAMED)) < 100


def test_the_map_of_the_stages_is_true() -> None:
    told = [found[1] for line in (stages.__doc__ or "").splitlines() if (found := MAP.match(line))]
    there = {path.stem for path in (ROOT / "dispatch/stages").glob("[a-z]*.py")}
    assert sorted(told) == sorted(there)


@pytest.mark.parametrize("module", NAMED, ids=str)
def test_each_module_has_its_tests_beside_the_same_path(module: Path) -> None:
    mirrored = Path("tests", *module.parts[1:-1], f"test_{module.name}")
    assert (ROOT / mirrored).exists() or module.as_posix() in TESTED_ELSEWHERE


TESTED_ELSEWHERE = {
    "dispatch/app.py": "tests/test_app.py",
}
