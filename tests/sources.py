"""The modules of the program, parsed once for all tests that read them."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
MODULES: Final = [
    path.relative_to(ROOT / "dispatch")
    for path in sorted((ROOT / "dispatch").rglob("*.py"))
    if "versions" not in path.parts
]
PACKAGES: Final = sorted({path.parent for path in MODULES})


def tree(path: Path) -> ast.Module:
    """Return what a source says: at a whole path, or at one in `dispatch/`."""
    return _parsed(ROOT / "dispatch" / path)


@cache  # to parse all takes seconds
def _parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text())
