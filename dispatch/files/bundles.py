"""Public bundles as they lie on the disk: read whole and checked, and put in place at once.

A bundle is written into a folder beside its own, down to the disk, and takes its place by renaming:

    public              the bundle that people see
    .public.new         the next one, while it is written
    .public.before      the last one, from the moment it makes way until the upload is recorded

If the power goes while `.public.before` is there, the next upload finds out from the ledger which
of the two counts. A bundle has its folder to itself: nothing else in it is ever thrown away.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from dispatch.domain.bundle import FIGURES, LETTERS
from dispatch.domain.digest import sha256
from dispatch.domain.errors import BadInput, RuleBroken
from dispatch.domain.manifest import NAME, Manifest
from dispatch.domain.spreadsheet import Row, from_csv


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle that is what its manifest says."""

    folder: Path
    manifest: Manifest
    digest: str
    """The manifest's SHA-256, which stands for all of it."""
    letters: tuple[Row, ...]
    figures: tuple[Row, ...]

    def content(self, path: str) -> bytes:
        """Return the bytes of a file. Raises `BadInput` if they are not the ones it stands for."""
        content = (self.folder / path).read_bytes()
        if sha256(content) != self.manifest.digests[path]:
            raise BadInput(f"{self.folder / path}: changed while it was read")
        return content


def read(folder: Path) -> Bundle:
    """Return the bundle in a folder.

    Raises `BadInput` that names the first file that is missing, changed or no part of it.
    """
    if not (folder / NAME).is_file():
        raise BadInput(f"{folder}: no upload lies here: there is no {NAME} in it")
    digests = {path: sha256((folder / path).read_bytes()) for path in _files(folder)}
    manifest = Manifest.from_json((folder / NAME).read_bytes())
    digest = digests.pop(NAME)
    if found := manifest.difference(digests):
        raise BadInput(f"{folder}/{found}")
    try:
        letters, figures = (
            tuple(from_csv((folder / sheet.file).read_bytes())) for sheet in (LETTERS, FIGURES)
        )
    except (ValueError, OSError) as error:
        raise BadInput(f"{folder}: the tables in it are not an upload's") from error
    return Bundle(folder, manifest, digest, letters, figures)


def _files(folder: Path) -> Iterator[str]:
    """Yield the path of all that lies in a folder and is no folder itself, from the folder on."""
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() or not path.is_dir():
            name = path.relative_to(folder).as_posix()
            if path.is_symlink() or not path.is_file():
                raise BadInput(f"{path}: added: it is no plain file")
            yield name


@dataclass(frozen=True, slots=True)
class Place:
    """Where a bundle is put, for the one who holds it."""

    folder: Path

    @property
    def new(self) -> Path:
        return self.folder.with_name(f".{self.folder.name}.new")

    @property
    def before(self) -> Path:
        return self.folder.with_name(f".{self.folder.name}.before")

    def standing(self, recorded: Collection[str]) -> Bundle | None:
        """Return the bundle that is there, or None if there is none yet.

        What an interrupted upload left is cleared away first; `recorded` are the digests of the
        manifests whose upload the ledger knows. Raises `BadInput` if something else is there.
        """
        shutil.rmtree(self.new, ignore_errors=True)
        if self.before.exists():
            self._choose(recorded)
        if not self.folder.exists() or not any(self.folder.iterdir()):
            return None
        return read(self.folder)

    def _choose(self, recorded: Collection[str]) -> None:
        """Keep the new bundle if its upload was recorded, and else go back to the one before."""
        is_there = self.folder.exists()
        if is_there and read(self.folder).digest in recorded:
            return self.settle()
        if is_there:
            shutil.rmtree(self.folder)
        self.before.rename(self.folder)
        return None

    @contextmanager
    def written(self, files: Iterable[tuple[str, bytes]]) -> Iterator[None]:
        """Hold a new bundle ready beside its place, for the length of the block.

        Raises `BadInput` if the disk does not take it; nothing of it then stays.
        """
        try:
            self.new.mkdir()
            for path, content in files:
                _write(self.new / path, content)
            for each in [self.new, *(path for path in self.new.rglob("*") if path.is_dir())]:
                _to_disk(each)
            yield
        except OSError as error:
            raise BadInput(f"{self.folder}: cannot be written: {error.strerror}") from error
        finally:
            shutil.rmtree(self.new, ignore_errors=True)

    def swap(self) -> None:
        """Put the new bundle in place. The one before stays beside it until `settle`."""
        if self.folder.exists() and any(self.folder.iterdir()):
            self.folder.rename(self.before)
        self.new.rename(self.folder)
        _to_disk(self.folder.parent)

    def back(self) -> None:
        """Undo `swap`, however far it came."""
        if not self.new.exists():
            self.folder.rename(self.new)
        if self.before.exists():
            self.before.rename(self.folder)

    def settle(self) -> None:
        """Let go of the bundle before: the new one is recorded."""
        shutil.rmtree(self.before, ignore_errors=True)


@contextmanager
def held(folder: Path) -> Iterator[Place]:
    """Hold the place of a bundle, so that nobody else puts one there for the length of the block.

    Raises `BadInput` if there can be none, and `RuleBroken` if somebody else holds it.
    """
    place = folder.resolve()
    if os.path.ismount(place) or (place.exists() and not place.is_dir()):
        raise BadInput(f"{folder}: name a folder that is no disk of its own, or a new one in it")
    try:
        parent = os.open(place.parent, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise BadInput(f"{place.parent}: {error.strerror}: make this folder first") from error
    try:
        _lock(parent, place.parent)
        yield Place(place)
    finally:
        os.close(parent)


def _lock(descriptor: int, folder: Path) -> None:
    """Lock a folder until its descriptor is closed, or this process ends in any way."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise RuleBroken(f"another upload is writing in {folder}: wait for it") from None


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _to_disk(folder: Path) -> None:
    """Have a folder's names on the disk; the files in it are there already."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
