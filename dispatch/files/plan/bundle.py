"""Read a plan that was uploaded: its TOML file alone, or a ZIP of it and the files beside it.

A ZIP is unpacked within limits into a folder that only we may enter and that is deleted again, and
read there as any plan is. What somebody downloads of a plan, `zipped` writes.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator
from io import BytesIO
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Final

from dispatch.domain.errors import BadInput
from dispatch.files import disk
from dispatch.files.plan.plan import NEW, PlanFile, Unsaid, read_plan

MOST_FILES: Final = 2_000
"""Files in an archive: paragraphs and three spreadsheets for each of 500 authorities."""

LARGEST_WHOLE: Final = 200 * disk.MEBIBYTE
"""Bytes of all files of an archive, unpacked."""

ZIP: Final = b"PK\x03\x04"
EPOCH: Final = (1980, 1, 1, 0, 0, 0)
"""The time of each file in an archive: constant, so that equal plans give equal archives."""

UNREADABLE: Final = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)
"""What a damaged, encrypted or unusual archive raises."""


def read_bundle(
    name: str,
    content: bytes,
    *,
    known: Collection[str] | None = None,
    unsaid: Callable[[str], Unsaid] = lambda _: NEW,
) -> PlanFile:
    """Return the plan in an uploaded file; the options are those of `read_plan`.

    Raises `BadInput` with a line for everything that is wrong.
    """
    disk.check_size(name, content)
    with TemporaryDirectory(prefix="dispatch-plan-") as made:
        folder = Path(made)
        if content.startswith(ZIP):
            path = _unpacked(name, content, folder)
        else:
            path = folder / "plan.toml"
            disk.write_part(path, content)
        return read_plan(path, known=known, unsaid=unsaid)


def zipped(files: Iterable[tuple[str, bytes]]) -> bytes:
    """Return files as an archive."""
    made = BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            archive.writestr(zipfile.ZipInfo(name, EPOCH), content, zipfile.ZIP_DEFLATED)
    return made.getvalue()


def _unpacked(name: str, content: bytes, folder: Path) -> Path:
    """Unpack an archive into a folder; return the path of the plan's file in it."""
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            for path, part in _members(name, archive):
                disk.write_part(folder / path, part)
    except (*UNREADABLE, OSError) as error:
        raise BadInput(f"{name}: this ZIP file cannot be read; make it again") from error
    plans = sorted(folder.rglob("*.toml"))
    if len(plans) != 1:
        found = "no plan" if not plans else f"{len(plans)} files that end in .toml"
        raise BadInput(f"{name}: there is {found} in it; put one plan and its files into the ZIP")
    return plans[0]


def _members(name: str, archive: zipfile.ZipFile) -> Iterator[tuple[PurePosixPath, bytes]]:
    """Yield each file of an archive by its path; never read more of it than the limits allow."""
    members = [each for each in archive.infolist() if not each.is_dir()]
    if len(members) > MOST_FILES:
        raise BadInput(f"{name}: it has {len(members)} files; at most {MOST_FILES} are read")
    left = LARGEST_WHOLE
    for each in members:
        path = PurePosixPath(each.filename)
        if path.is_absolute() or ".." in path.parts or "\\" in each.filename:
            raise BadInput(f"{name}: it names a file outside of itself; make it again")
        if any(part.startswith((".", "__MACOSX")) for part in path.parts):
            continue  # what macOS adds
        with archive.open(each) as member:
            content = member.read(min(left, disk.LARGEST_FILE) + 1)
        left -= len(content)
        if left < 0 or len(content) > disk.LARGEST_FILE:
            raise BadInput(f"{name}: it is too large when it is unpacked; leave something out")
        yield path, content
