"""The layout keeps its own promises."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from tests.sources import MODULES, PACKAGES, ROOT, tree

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
        if package != Path() and not ast.get_docstring(tree(package / "__init__.py"))
    ]
    assert silent == []


def test_the_map_of_each_package_names_its_modules_and_folders_once() -> None:
    wrong = {}
    for package in PACKAGES:
        text = ast.get_docstring(tree(package / "__init__.py")) or ""
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


def test_only_the_command_line_has_functions_of_over_six_arguments() -> None:
    assert [
        str(path)
        for path in MODULES
        if path.parts[0] != "cli" and "PLR0913" in (ROOT / "dispatch" / path).read_text()
    ] == []


CONTRACTS: Final = {
    "layers",
    "acyclic_siblings",
    "sqlalchemy",
    "celery",
    "smtplib",
    "jinja2",
    "click",
    "cryptography",
    "dispatch.settings",
    "dispatch.domain",
}


def test_the_import_rule_still_covers_layers_circles_and_each_library() -> None:
    rules = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    kept = {
        name
        for rule in rules["contracts"]
        for name in (
            rule["type"],
            *rule.get("protected_modules", ()),
            *rule.get("source_modules", ()),
        )
    }
    assert CONTRACTS - kept == set()
    assert [rule["name"] for rule in rules["contracts"] if "ignore_imports" in rule] == []


def test_a_module_with_one_importer_is_a_subject_that_the_documentation_names() -> None:
    _, _, section = (ROOT / "docs/changing.md").read_text().partition("one importer\n")
    folders, _, singles = section.partition("\n## ")[0].partition("Single modules:")
    exempt = re.findall(r"`([\w/]+)/`", folders)
    lonely = [
        path.with_suffix("").as_posix()
        for path, importers in _importers().items()
        if len(importers) <= 1 and not any(f"/{each}/" in f"/{path.as_posix()}" for each in exempt)
    ]
    assert sorted(lonely) == sorted(re.findall(r"`([\w/]+)`", singles))


ABOUT_SEVERAL: Final = {"domain/test_groups", "documents/test_variants", "web/test_routes"}
"""Tests of what several modules of a package do together."""


def test_a_file_of_tests_is_called_after_a_module_or_what_it_does() -> None:
    wrong = []
    inside = {
        package: {each.stem for each in MODULES if each.parent == package} for package in PACKAGES
    }
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        place = path.relative_to(ROOT / "tests").with_suffix("")
        stem = place.stem.removeprefix("test_")
        modules = inside.get(place.parent, set()) | {"main"}
        is_named = any(stem == each or stem.startswith(f"{each}_") for each in modules)
        folders = {each.name for each in PACKAGES if each.parent == place.parent}
        if place.parts[0] not in {"frozen", "journeys", place.name} and not (
            is_named or stem in folders or place.as_posix() in ABOUT_SEVERAL
        ):
            wrong.append(place.as_posix())
    assert wrong == []


def _importers() -> dict[Path, set[Path]]:
    """Return the modules that import each module; packages themselves are left out."""
    names = {_dotted(path): path for path in MODULES}
    found: dict[Path, set[Path]] = {path: set() for path in MODULES if path.stem != "__init__"}
    for path in MODULES:
        for node in ast.walk(tree(path)):
            for name in _imported(node, names):
                found.get(names[name], set()).add(path)
    return found


def _imported(node: ast.AST, names: Mapping[str, Path]) -> Iterator[str]:
    """Yield the modules that a statement imports. Relative imports are banned."""
    if isinstance(node, ast.Import):
        yield from (each.name for each in node.names if each.name in names)
    elif isinstance(node, ast.ImportFrom) and node.module:
        for each in node.names:
            inner = f"{node.module}.{each.name}"
            yield from (name for name in (inner, node.module) if name in names)


def _dotted(path: Path) -> str:
    parts = ("dispatch", *path.with_suffix("").parts)
    return ".".join(parts[:-1] if path.stem == "__init__" else parts)


def _contents(package: Path) -> list[str]:
    """What the map of a package names; the whole program's packages are in docs/changing.md."""
    modules = [path.stem for path in MODULES if path.parent == package and path.stem[0] != "_"]
    folders = [f"{each.name}/" for each in PACKAGES if each.parent == package != each]
    return sorted(modules if package == Path() else modules + folders)


def _definitions() -> Iterator[tuple[Path, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]]:
    for path in MODULES:
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                yield path, node
