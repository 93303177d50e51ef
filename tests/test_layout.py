"""The layout keeps its own promises."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT = Path(__file__).parents[1]
MODULES = {
    path.relative_to(ROOT / "dispatch"): ast.parse(path.read_text())
    for path in sorted((ROOT / "dispatch").rglob("*.py"))
    if "versions" not in path.parts
}
PACKAGES = sorted({path.parent for path in MODULES})

LARGE: Final = {Path("cli"), Path("views")}
"""Packages that may hold more modules: `cli` has one for each group of commands, and `views` one
for each thing that is shown."""


def test_no_module_is_over_500_lines() -> None:
    lengths = {
        str(path): len((ROOT / "dispatch" / path).read_text().splitlines()) for path in MODULES
    }
    assert {path: lines for path, lines in lengths.items() if lines > 500} == {}


def test_no_package_has_over_15_modules() -> None:
    counts = {
        package: sum(path.parent == package and path.stem != "__init__" for path in MODULES)
        for package in PACKAGES
    }
    assert {
        str(package): count
        for package, count in counts.items()
        if count > 15 and package not in LARGE
    } == {}


def test_no_function_is_over_50_lines_and_no_class_over_200() -> None:
    long = {
        f"{path}: {node.name}": lines
        for path, node in _definitions()
        if (lines := (node.end_lineno or 0) - node.lineno)
        >= (200 if isinstance(node, ast.ClassDef) else 50)
    }
    assert long == {}


def test_every_package_says_what_it_is() -> None:
    silent = [
        str(package)
        for package in PACKAGES
        if package != Path() and not ast.get_docstring(MODULES[package / "__init__.py"])
    ]
    assert silent == []


def test_the_map_of_each_package_names_its_modules_and_folders_once() -> None:
    wrong = {}
    for package in PACKAGES:
        text = ast.get_docstring(MODULES[package / "__init__.py"]) or ""
        named = re.findall(r"^([a-z]\w*/?(?:, [a-z]\w*)*)  +\S", text, flags=re.MULTILINE)
        on_map = sorted(name for names in named for name in names.split(", "))
        if on_map != _contents(package):
            wrong[str(package)] = sorted({*on_map} ^ {*_contents(package)}) or on_map
    assert wrong == {}


VAGUE = re.compile(r"^(utils?|helpers?|managers?|common|base|misc)$")


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert [
        str(path) for path in MODULES if any(map(VAGUE.match, path.with_suffix("").parts))
    ] == []


def _contents(package: Path) -> list[str]:
    """What the map of a package names; the whole program's packages are in docs/changing.md."""
    modules = [path.stem for path in MODULES if path.parent == package and path.stem[0] != "_"]
    folders = [f"{each.name}/" for each in PACKAGES if each.parent == package != each]
    return sorted(modules if package == Path() else modules + folders)


def _definitions() -> Iterator[tuple[Path, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]]:
    for path, tree in MODULES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                yield path, node
