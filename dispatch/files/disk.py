"""Reading and writing files: whole, within a limit, and durably.

No writer leaves half a file under its name, whenever the power goes: the content is on the disk
before the name, and the name is on the disk when the writer returns.

Nor does one that is killed leave a copy of letters and addresses that nobody looks for. On Linux a
file has no name while it is written, so nothing is left. Where that is not possible, and for a
folder, the name is hidden, `.dispatch-….part`, and locked by its maker: the first writer of a
process in a folder deletes those that nobody has locked.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import cache, partial
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
    with _draft(path, mode) as draft:
        draft.file.write(content)
        with draft.named() as hidden, contextlib.suppress(FileExistsError):
            os.link(hidden, path)  # unlike a rename, this never replaces a file
    sync_folder(path.parent)


@contextmanager
def replacing(path: Path, *, mode: int = 0o600) -> Iterator[IO[bytes]]:
    """Open a file that takes the place of `path` at the end of the block, unless that raises.

    Raises `OSError`.
    """
    with _draft(path, mode) as draft:
        yield draft.file
        with draft.named() as hidden:
            hidden.replace(path)
    sync_folder(path.parent)


def write(path: Path, content: bytes, *, mode: int = 0o600) -> None:
    """Write a file in the place of any that is there. Raises `OSError`."""
    with replacing(path, mode=mode) as file:
        file.write(content)


def hand_out(path: Path, content: bytes, *, mode: int = 0o600) -> None:
    """Write what somebody asked for to where they said; a pipe or a device is written to as it is.

    Raises `OSError`.
    """
    if path.exists() and not path.is_file():
        path.write_bytes(content)
    else:
        write(path, content, mode=mode)


def private(path: str, flags: int) -> int:
    """Open a file, as an `opener` of Python's `open`, that only its owner reads if it is new."""
    return os.open(path, flags, 0o600)


def private_folder(path: Path) -> None:
    """Make a folder for its owner alone, unless it is there. Raises `OSError`."""
    path.mkdir(parents=True, exist_ok=True, mode=0o700)


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """Make a folder that gets its name, `path`, at the end of the block, unless that raises.

    Raises `OSError`.
    """
    _clear_once(path.parent.resolve())
    descriptor, made = _locked(lambda: _new_folder(path.parent))
    try:
        yield made
        made.rename(path)
    finally:
        os.close(descriptor)
        shutil.rmtree(made, ignore_errors=True)  # gone already if it was renamed
    sync_folder(path.parent)


def _new_folder(folder: Path) -> tuple[int, str]:
    name = tempfile.mkdtemp(prefix=PREFIX, suffix=SUFFIX, dir=folder)
    return os.open(name, os.O_RDONLY), name


def write_part(path: Path, content: bytes | Iterable[bytes]) -> None:
    """Write a new file of a folder that nobody reads yet: its name is not synced. Raises `OSError`.

    Once all is written, `sync_folder` and a rename of the folder put every part in place at once,
    for others to read if the umask lets them: such folders are public.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as file:
        file.writelines([content] if isinstance(content, bytes) else content)
        _sync(file)


PREFIX: Final = ".dispatch-"
SUFFIX: Final = ".part"
NAMES: Final = Path("/proc/self/fd")
"""Where Linux has a name for each open file, by which a nameless one can be linked."""


@dataclass(frozen=True, slots=True)
class _Draft:
    """A file that is being written, locked by this process."""

    file: IO[bytes]
    folder: Path
    hidden: Path | None
    """Its name, if it needs one before its end."""

    @contextmanager
    def named(self) -> Iterator[Path]:
        """Put it on the disk, and give it a hidden name until the end of the block."""
        _sync(self.file)
        hidden = self.hidden or self.folder / f"{PREFIX}{secrets.token_hex(8)}{SUFFIX}"
        if self.hidden is None:
            _link_nameless(self.file.fileno(), hidden)
        try:
            yield hidden
        finally:
            hidden.unlink(missing_ok=True)  # gone already if it was renamed


@contextmanager
def _draft(path: Path, mode: int) -> Iterator[_Draft]:
    """Open a file beside `path`: one without a name, where the system has such files."""
    folder = path.parent
    _clear_once(folder.resolve())
    with _nameless(folder) or _hidden(folder) as draft:
        os.fchmod(draft.file.fileno(), mode)
        if path.exists():  # a folder of many new files is not read for each of them
            _clear_older_releases(path, os.fstat(draft.file.fileno()).st_mtime)
        yield draft


DAY_SECONDS: Final = 24 * 60 * 60


def _clear_older_releases(path: Path, now: float) -> None:
    """Delete what writers of older releases, which locked nothing, left beside a file.

    They named it `.NAME.xxxxxxxx`, with eight random characters, and took minutes at most. `now` is
    by the clock of the disk, as are the times of its files.
    """
    name = re.compile(re.escape(f".{path.name}.") + "[a-z0-9_]{8}")
    with contextlib.suppress(OSError), os.scandir(path.parent) as entries:
        for entry in entries:
            if not name.fullmatch(entry.name) or not entry.is_file(follow_symlinks=False):
                continue
            is_old = now - entry.stat(follow_symlinks=False).st_mtime > DAY_SECONDS
            if is_old and not _is_locked(Path(entry.path)):
                Path(entry.path).unlink(missing_ok=True)


def _nameless(folder: Path) -> AbstractContextManager[_Draft] | None:
    """Open a file without a name; return None where the system or its disk has none."""
    if not NAMES.is_dir():
        return None
    try:
        descriptor = os.open(folder, os.O_TMPFILE | os.O_RDWR, 0o600)
    except FileNotFoundError:
        raise
    except (AttributeError, OSError):
        return None
    return _nameless_draft(os.fdopen(descriptor, "w+b"), folder)


@contextmanager
def _nameless_draft(file: IO[bytes], folder: Path) -> Iterator[_Draft]:
    with file:
        with contextlib.suppress(OSError):
            fcntl.flock(file, fcntl.LOCK_EX)  # it has a hidden name for a moment, at the end
        yield _Draft(file, folder, None)


def _link_nameless(descriptor: int, path: Path) -> None:
    """Give a file its first name."""
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        # Only with the descriptor of a folder does Python follow the link to the file itself.
        os.link(NAMES / str(descriptor), path.name, dst_dir_fd=folder, follow_symlinks=True)
    finally:
        os.close(folder)


@contextmanager
def _hidden(folder: Path) -> Iterator[_Draft]:
    """Open a file under a hidden name, and delete that name after the block."""
    make = partial(tempfile.mkstemp, prefix=PREFIX, suffix=SUFFIX, dir=folder)
    descriptor, path = _locked(make)
    with os.fdopen(descriptor, "w+b") as file:
        try:
            yield _Draft(file, folder, path)
        finally:
            path.unlink(missing_ok=True)


def _locked(make: Callable[[], tuple[int, str]]) -> tuple[int, Path]:
    """Make a file or folder under a hidden name, and lock it; return its descriptor and name.

    One that another process took for left over, because it was not locked yet, is made again.
    """
    while True:
        descriptor, name = make()
        with contextlib.suppress(OSError):  # a disk without locks: nothing is cleared there either
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        with contextlib.suppress(FileNotFoundError):
            if os.path.samestat(Path(name).stat(), os.fstat(descriptor)):
                return descriptor, Path(name)
        os.close(descriptor)


@cache
def _clear_once(folder: Path) -> None:
    """Clear a folder the first time that this process writes there."""
    clear(folder)


def clear(folder: Path) -> list[Path]:
    """Delete what killed writers have left in a folder; return what that was."""
    left = [path for path in _parts(folder) if not _is_locked(path)]
    for path in left:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    return left


def _parts(folder: Path) -> list[Path]:
    """Return the hidden names in a folder; none if it cannot be read."""
    try:
        names = os.listdir(folder)  # noqa: PTH208 - names are enough, of many files
    except OSError:
        return []
    found = (name for name in names if name.startswith(PREFIX) and name.endswith(SUFFIX))
    return [folder / name for name in found]


def _is_locked(path: Path) -> bool:
    """Whether the process that makes it still lives; so, too, if that is not known."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False


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
