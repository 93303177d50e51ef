"""A new template out of a letter that was taken over from Word."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from dispatch.documents.templates import LETTER, NAME
from dispatch.domain.errors import BadInput, RuleBroken
from dispatch.files import disk

READABLE: Final = 0o755
"""The folder's mode: services may run as another user than the one who writes letters."""


def free(templates: Path, name: str) -> Path:
    """Return the folder of a template that there is not yet.

    Raises `BadInput` for a name that no template can have, and `RuleBroken` if there is one.
    """
    if not NAME.fullmatch(name):
        raise BadInput(f"a template cannot be called {name}: letters, digits, - and _ alone")
    folder = templates / name
    if folder.exists():
        raise RuleBroken(f"{folder} is there already, and stays as it is: choose another name")
    return folder


def adopt(folder: Path, letter: str, layout: Mapping[str, bytes]) -> None:
    """Write a template: a letter, and the other files of the one whose layout it gets.

    All of it is there at once, or nothing. Raises `BadInput`.
    """
    try:
        with disk.new_folder(folder) as made:
            for name, content in {**layout, LETTER: letter.encode()}.items():
                disk.write_part(Path(made) / name, content)
            Path(made).chmod(READABLE)
    except OSError as error:
        raise BadInput(f"{folder} cannot be written: {error.strerror}") from error
