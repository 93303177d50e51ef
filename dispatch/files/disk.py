"""Reading and writing files: whole, within a limit, and durably.

No writer leaves half a file under its name, whenever the power goes: the content is on the disk
before the name, and the name is on the disk when the writer returns.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from dispatch.domain.errors import BadInput

MEBIBYTE: Final = 1024 * 1024

LARGEST_FILE: Final = 20 * MEBIBYTE
"""Bytes of any file that comes in; a year of a whole remit takes less than one mebibyte."""


def load(path: Path, largest: int = LARGEST_FILE) -> tuple[str, bytes]:
    """Return the name and the bytes of a file.

    Raises `BadInput` if it is not there, cannot be read, is not a plain file, or has more than
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


def write_once(path: Path, content: bytes, *, mode: int = 0o600) -> None:
    """Write a new file; one that is there already stays. Of two writers at once, the first wins.

    Raises `OSError`.
    """
    with _draft(path, mode) as file:
        file.write(content)
        _sync(file)
        with contextlib.suppress(FileExistsError):
            os.link(file.name, path)  # unlike a rename, this never replaces a file
    sync_folder(path.parent)


@contextmanager
def replacing(path: Path, *, mode: int = 0o600) -> Iterator[IO[bytes]]:
    """Open a file that takes the place of `path` at the end of the block, unless that raises.

    Raises `OSError`.
    """
    with _draft(path, mode) as file:
        yield file
        _sync(file)
        Path(file.name).replace(path)
    sync_folder(path.parent)


def write(path: Path, content: bytes, *, mode: int = 0o600) -> None:
    """Write a file in the place of any that is there. Raises `OSError`."""
    with replacing(path, mode=mode) as file:
        file.write(content)


def write_part(path: Path, content: bytes) -> None:
    """Write a new file of a folder that nobody reads yet: its name is not synced. Raises `OSError`.

    Once all is written, `sync_folder` and a rename of the folder put every part in place at once.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as file:
        file.write(content)
        _sync(file)


@contextmanager
def _draft(path: Path, mode: int) -> Iterator[IO[bytes]]:
    """Open a file beside `path` under a name of its own, and delete that name after the block."""
    prefix = f".{path.name}."
    with tempfile.NamedTemporaryFile(prefix=prefix, dir=path.parent, delete=False) as file:
        try:
            os.fchmod(file.fileno(), mode)
            yield file
        finally:
            Path(file.name).unlink(missing_ok=True)  # gone already if it was renamed


def _sync(file: IO[bytes]) -> None:
    file.flush()
    os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Put the names in a folder on the disk; what the files hold is synced on its own."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
