"""Write evidence packs to disk: as a folder or as a ZIP archive."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Final

from dispatch.domain.errors import BadInput
from dispatch.files import disk

VERIFIER: Final = "verify.py"
FIXED_FILES: Final = ("README.txt", VERIFIER)
"""The files that are the same in every pack: how to read it, and the program that checks it."""

EPOCH: Final = (1980, 1, 1, 0, 0, 0)
"""The time of each file in an archive: constant, so that equal files give equal archives."""


def fixed_files(folder: Path) -> dict[str, bytes]:
    """Return the files that are the same in every pack. Raises `BadInput` if one is missing."""
    try:
        return {name: (folder / name).read_bytes() for name in FIXED_FILES}
    except OSError as error:
        raise BadInput(f"{error.filename}: {error.strerror}: a pack needs it") from error


def write(out: Path, files: Mapping[str, bytes]) -> None:
    """Write a pack to a folder, or to an archive if the name ends in .zip: whole, or not at all.

    Only its owner can read it, since it holds names and addresses. Raises `BadInput` if the path
    exists, or cannot be written to.
    """
    refuse_existing(out)
    try:
        if out.suffix.lower() == ".zip":
            with disk.replacing(out) as file:
                _zip(file, files)
        else:
            with disk.new_folder(out) as folder:
                _folder(folder, files)
    except OSError as error:
        raise BadInput(f"{out}: cannot be written: {error.strerror}") from error


def refuse_existing(out: Path) -> None:
    """Raise `BadInput` if a path exists: what is there is never written over."""
    if out.exists():
        raise BadInput(f"{out}: is there already: name a new folder, or a new .zip file")


def zipped(files: Mapping[str, bytes]) -> bytes:
    """Return a pack as an archive, as `write` would write it."""
    made = io.BytesIO()
    _zip(made, files)
    return made.getvalue()


def _folder(folder: Path, files: Mapping[str, bytes]) -> None:
    for name, content in files.items():
        path = folder / name
        disk.private_folder(path.parent)
        disk.write(path, content)


def _zip(file: IO[bytes], files: Mapping[str, bytes]) -> None:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, EPOCH), content, zipfile.ZIP_DEFLATED)
