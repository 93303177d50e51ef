"""The folder that an office keeps: settings, plans and templates, laid out and compared later.

An office changes its templates, and so do we. A list in the folder has the digest of each file as
we gave it, so that after an upgrade our changes can be told from the office's. What the office has
changed is never overwritten; what it has not is replaced only when somebody asks for that.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import unified_diff
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

from pydantic import BaseModel, StringConstraints, ValidationError

from dispatch.domain.digest import sha256
from dispatch.domain.errors import BadInput
from dispatch.domain.upkeep.given import Standing, standing
from dispatch.files import disk
from dispatch.files.ownership import check_is_ours
from dispatch.files.shipped import own_version, shipped

LIST: Final = "given.json"
"""What we gave, for the office to keep under version control beside the files."""

SETTINGS: Final = ".env"
KEY: Final = "DISPATCH_SECRET_KEY="
HOMES: Final = ("rehearsal", ".dispatch")
"""The homes that an office's `.env` and README speak of."""

BESIDE: Final = ".new"
"""Ends the name of our new file beside one that the office has changed."""

FOLDER_MODE: Final = 0o755
FILE_MODE: Final = 0o644
"""Services may run as another user than the one who laid the folder out."""

PAGES: Final = "web"
"""The folder among our templates that an office does not get: the pages are not its to change."""

Sha256 = Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")]


class Given(BaseModel):
    """What was given, and by which version."""

    dispatch: str = ""
    files: dict[str, Sha256] = {}


class Step(StrEnum):
    """What was done about a file."""

    NOTHING = "nothing"
    WRITTEN = "written"
    WRITTEN_BESIDE = "written beside"
    IN_THE_WAY = "in the way"
    """Nothing: another file has the name of the one that would lie beside it."""


@dataclass(frozen=True, slots=True)
class File:
    """A file that we give or gave."""

    path: str
    stands: Standing
    """As it was found."""
    step: Step


@dataclass(frozen=True, slots=True)
class Laid:
    """How an office's folder compares with what this version gives, and what was done about it."""

    before: str
    """The version that gave the files before; empty for none."""
    version: str
    files: Sequence[File]
    has_new_settings: bool
    """Whether the settings were written; those that are there stay as they are."""
    has_new_key: bool
    """Whether they have a new secret key."""


def lay_out(folder: Path, *, is_update: bool = False) -> Laid:
    """Write what an office's folder lacks, and compare what it has with what this version gives.

    With `is_update`, files that the office has not changed are replaced, and where both have
    changed one, ours is written beside it. Begun again after it was interrupted, it goes on.
    Raises `BadInput`.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=FOLDER_MODE)
        check_is_ours(folder.stat(), f"{folder.resolve()}")
        before, new = _list_of(folder), given()
        known, files = dict(before.files), []
        for path in sorted({*known, *new}):
            if path not in new and not (folder / path).exists():
                del known[path]  # gone from both
                continue
            file = _settled(folder, path, known.get(path), new.get(path), is_update=is_update)
            _note(known, file, new.get(path), is_update=is_update)
            files.append(file)
        has_new_settings, has_new_key = _write_settings(folder)
        made = Given(dispatch=own_version(), files=known)
        disk.write(folder / LIST, f"{made.model_dump_json(indent=1)}\n".encode(), mode=FILE_MODE)
    except OSError as error:
        raise BadInput(f"{folder} cannot be laid out: {error.strerror}") from error
    return Laid(before.dispatch, made.dispatch, files, has_new_settings, has_new_key)


BEHIND: Final = frozenset({Standing.NEW, Standing.OURS, Standing.BOTH})
"""How files stand that this version gives otherwise than the office has them."""


def behind(folder: Path) -> list[str]:
    """Return the files of an office's folder that this version gives otherwise; changes nothing.

    None in a folder that was not laid out by `lay_out`. Raises `BadInput` for a list that is not as
    we wrote it, and `OSError`.
    """
    if not (folder / LIST).exists():
        return []
    known = _list_of(folder).files
    return [
        path
        for path, content in sorted(given().items())
        if standing(known.get(path), _digest_at(folder / path), _digest(content)) in BEHIND
    ]


def given() -> dict[str, bytes]:
    """Return what this version gives to an office, by path."""
    config = shipped("config")
    return {
        "README.md": (config / "office" / "README.md").read_bytes(),
        ".gitignore": (config / "office" / "gitignore").read_bytes(),
        "dispatch.env.example": (config / "dispatch.env.example").read_bytes(),
        "compose.yaml": shipped("compose.yaml").read_bytes(),
        **dict(_tree("", config / "containers")),
        **dict(_tree("mailouts", config / "mailouts")),
        **dict(_tree("systemd", config / "systemd")),
        **dict(_tree("templates", shipped("templates"), without=PAGES)),
    }


def _tree(name: str, folder: Path, *, without: str = "") -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if parts[0] != without and path.is_file() and path.suffix != ".pyc":
            yield "/".join((name, *parts)).lstrip("/"), path.read_bytes()


def difference(folder: Path, file: File) -> list[str]:
    """Return the lines by which our file differs from the one in the office's folder."""
    yours = (folder / file.path).read_text(encoding="utf-8", errors="replace").splitlines()
    ours = given()[file.path].decode(errors="replace").splitlines()
    return list(unified_diff(yours, ours, file.path, f"dispatch {own_version()}", lineterm=""))


def _list_of(folder: Path) -> Given:
    """Return what was given before; nothing in a folder without a list."""
    try:
        return Given.model_validate_json((folder / LIST).read_bytes())
    except FileNotFoundError:
        return Given()
    except ValidationError as error:
        raise BadInput(
            f"{folder / LIST} is not as dispatch wrote it: take it from your version control, or "
            f"delete it, and every file that is not as this version gives it counts as yours"
        ) from error


def _digest(content: bytes) -> str:
    """Return the digest of a file, whose lines may end as those of another system do."""
    return sha256(content if b"\0" in content else content.replace(b"\r\n", b"\n"))


def _digest_at(path: Path) -> str | None:
    try:
        return _digest(path.read_bytes())
    except FileNotFoundError:
        return None


def _settled(
    folder: Path, path: str, known: str | None, new: bytes | None, *, is_update: bool
) -> File:
    """Compare one file, and do what is to be done about it."""
    now, ours = _digest_at(folder / path), None if new is None else _digest(new)
    stands = standing(known, now, ours)
    step = Step.NOTHING
    if new is not None and (stands is Standing.NEW or (stands is Standing.OURS and is_update)):
        step = _write(folder / path, new)
    elif new is not None and stands is Standing.BOTH and is_update:
        step = _write_beside(folder / f"{path}{BESIDE}", new)
    return File(path, stands, step)


def _write(path: Path, content: bytes) -> Step:
    path.parent.mkdir(parents=True, exist_ok=True, mode=FOLDER_MODE)
    disk.write(path, content, mode=FILE_MODE)
    return Step.WRITTEN


def _write_beside(path: Path, content: bytes) -> Step:
    """Write our file beside the office's, unless there is another one: somebody may work on it."""
    if _digest_at(path) not in {None, _digest(content)}:
        return Step.IN_THE_WAY
    _write(path, content)
    return Step.WRITTEN_BESIDE


def _note(known: dict[str, str], file: File, new: bytes | None, *, is_update: bool) -> None:
    """Note in the list what the office has of us now."""
    if new is None:
        if is_update:
            del known[file.path]
    elif file.stands is Standing.SAME or file.step in {Step.WRITTEN, Step.WRITTEN_BESIDE}:
        known[file.path] = _digest(new)


def _write_settings(folder: Path) -> tuple[bool, bool]:
    """Write the settings, unless there are some; return whether, and whether with a new key.

    A home that is there already may have been used with its own key: with another one in the
    settings, dispatch would refuse its database.
    """
    path = folder / SETTINGS
    if path.is_symlink() or path.exists():
        return False, False
    text = (shipped("config") / "office" / "env").read_text(encoding="utf-8")
    has_new_key = not any((folder / home / "secret.key").exists() for home in HOMES)
    if has_new_key:
        text = text.replace(KEY, f"{KEY}{secrets.token_urlsafe(32)}")
    disk.write_once(path, text.encode())
    return True, has_new_key
