"""Find the files that come with dispatch: templates, examples, the sample year, documentation.

A wheel has them in the package; in a checkout they lie beside it, where people look for them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

PACKAGE: Final = Path(__file__).parents[1]


def shipped(name: str) -> Path:
    """Return the path of `templates`, `config` or `docs`."""
    inside = PACKAGE / "shipped" / name
    return inside if inside.exists() else PACKAGE.parent / name
