"""Find the files that come with dispatch: templates, examples, the sample year, documentation.

A wheel has them in the package; in a checkout they lie beside it, where people look for them.
"""

from __future__ import annotations

import hashlib
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Final

DISTRIBUTION: Final = "ombudsman-dispatch"
"""What pip knows us by; `dispatch` on PyPI is another project."""

PACKAGE: Final = Path(str(files("dispatch")))
"""Installers unpack a wheel, so that its files have paths, which template engines need."""


def shipped(name: str) -> Path:
    """Return the path of `templates`, `config`, `docs` or `compose.yaml`."""
    inside = PACKAGE / "shipped" / name
    return inside if inside.exists() else PACKAGE.parent / name


def own_version() -> str:
    """Return the version of dispatch that is installed."""
    return version(DISTRIBUTION)


def own_migration() -> str:
    """Return the number of the newest migration: that of a database which this version works on."""
    versions = PACKAGE / "database" / "migrations" / "versions"
    return max(path.name[:4] for path in versions.glob("[0-9]*.py"))


def own_templates() -> str:
    """Return the beginning of the digest over the templates that come with this version."""
    root, found = shipped("templates"), hashlib.sha256()
    for path in sorted(path for path in root.rglob("*") if path.is_file()):
        if path.suffix != ".pyc":
            found.update(f"{path.relative_to(root)}\n".encode())
            found.update(hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()[:12]
