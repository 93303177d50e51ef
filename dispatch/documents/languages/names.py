"""Which files of a template are of which language: `letter.cy.md` is the Welsh `letter.md`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

OF_LANGUAGE: Final = re.compile(r"(?P<stem>.+)\.(?P<language>[a-z]{2})(?P<suffix>\.[a-z]+)")


def languages(files: Iterable[str]) -> set[str]:
    """Return the languages that a template has files of their own for."""
    return {found["language"] for name in files if (found := OF_LANGUAGE.fullmatch(name))}


def called(files: Iterable[str], language: str) -> dict[str, str]:
    """Return which file each name stands for in a language: its own, or the one for all."""
    found: dict[str, str] = {}
    for name in files:
        own = OF_LANGUAGE.fullmatch(name)
        if own is None:
            found.setdefault(name, name)
        elif own["language"] == language:
            found[own["stem"] + own["suffix"]] = name
    return found


def named(name: str, language: str) -> str:
    """Return what a file is called that is in one language alone: `letter.cy.md`."""
    stem, point, suffix = name.rpartition(".")
    return f"{stem}.{language}{point}{suffix}"
