"""Files as they lie on the disk: read whole, once, and only if they are not too large."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from dispatch.domain.errors import BadInput

MEBIBYTE: Final = 1024 * 1024

LARGEST_FILE: Final = 20 * MEBIBYTE
"""Bytes of any file that comes in; a year of a whole remit takes less than one mebibyte."""


def load(path: Path, largest: int = LARGEST_FILE) -> tuple[str, bytes]:
    """Return the name and the bytes of a file.

    Raises `BadInput` if it is not there, cannot be read, is no plain file, or has more than
    `largest` bytes, of which never more than that are read.
    """
    try:
        if not path.exists():
            raise BadInput(f"{path}: there is no such file; check its name and folder")
        if not path.is_file():
            raise BadInput(f"{path}: this is not a file; name the file itself")
        with path.open("rb") as file:
            content = file.read(largest + 1)
    except OSError as error:
        raise BadInput(f"{path}: cannot be read: {error.strerror}") from error
    check_size(path.name, content, largest)
    return path.name, content


def check_size(name: str, content: bytes, largest: int = LARGEST_FILE) -> None:
    """Raise `BadInput` if some bytes are none, or more than `largest`."""
    if not content:
        raise BadInput(f"{name}: the file is empty")
    if len(content) > largest:
        limit = f"{largest // MEBIBYTE} MB"
        raise BadInput(f"{name}: the file is larger than {limit}, the most that is read; split it")
