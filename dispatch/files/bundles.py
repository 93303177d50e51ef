"""Public bundles on disk: read and checked as a whole, and replaced in one step.

A bundle is written to a folder beside the public one, synced to disk, and then renamed:

    public              the bundle that people see
    .public.new         the next one, while it is written
    .public.before      the last one, from the swap until the upload is recorded

A bundle has its folder to itself: a folder with anything else in it is refused, never cleared.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import zipfile
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from dispatch.domain.digest import sha256
from dispatch.domain.errors import BadInput, UnderWay
from dispatch.domain.proof.manifest import NAME, Manifest
from dispatch.domain.publishing.bundle import EARLIER, FIGURES, LANGUAGES, LETTERS, PLACES, Sheet
from dispatch.domain.publishing.spreadsheet import Row, from_csv
from dispatch.files import disk, packs

NEEDED: Final = {"authority_code", "mailout", "file"}
"""The columns by which letters are found."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle whose files are the ones that its manifest lists."""

    folder: Path
    manifest: Manifest
    digest: str
    """The manifest's SHA-256, which covers every file."""
    letters: tuple[Row, ...]
    figures: tuple[Row, ...]
    earlier: tuple[Row, ...] = ()
    """Versions of letters that were replaced; bundles of older releases do not list them."""
    places: tuple[Row, ...] = ()
    """Where authorities are drawn on the maps, where there are any."""
    languages: tuple[Row, ...] = ()
    """The files of letters in several languages."""

    def content(self, path: str) -> bytes:
        """Return the bytes of a file; raise `BadInput` if they have changed since it was read.

        Also for a path that is not in the bundle: its tables may name any.
        """
        if path not in self.manifest.digests:
            raise BadInput(
                f"{self.folder}: the tables in it name {path}: there is no such file in it"
            )
        content = (self.folder / path).read_bytes()
        if sha256(content) != self.manifest.digests[path]:
            raise BadInput(f"{self.folder / path}: changed while it was read")
        return content


def is_there(folder: Path) -> bool:
    """Whether a folder has a bundle, whatever state that is in."""
    return (folder / NAME).is_file()


def archive(bundle: Bundle, file: IO[bytes]) -> None:
    """Write a bundle as a ZIP archive; equal bundles give equal archives.

    Raises `BadInput` if a file has changed since the bundle was read.
    """
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for path in bundle.manifest.digests:
            made.writestr(_member(path), bundle.content(path))
        manifest = (bundle.folder / NAME).read_bytes()
        if sha256(manifest) != bundle.digest:
            raise BadInput(f"{bundle.folder / NAME}: changed while it was read")
        made.writestr(_member(NAME), manifest)


def _member(path: str) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(path, packs.EPOCH)
    member.external_attr = 0o644 << 16  # else it could not be read where it is unpacked
    # The letters are PDFs, which are compressed already.
    member.compress_type = zipfile.ZIP_STORED if path.endswith(".pdf") else zipfile.ZIP_DEFLATED
    return member


def read(folder: Path) -> Bundle:
    """Return the bundle in a folder.

    Raises `BadInput` that names the first file that is missing, changed or not part of the bundle.
    """
    if not (folder / NAME).is_file():
        raise BadInput(f"{folder}: this is not an upload: there is no {NAME} in it")
    digests = {path: sha256((folder / path).read_bytes()) for path in _files(folder)}
    manifest = Manifest.from_json((folder / NAME).read_bytes())
    digest = digests.pop(NAME)
    if found := manifest.difference(digests):
        raise BadInput(f"{folder}/{found}")
    try:
        letters, figures = (_rows(folder, sheet) for sheet in (LETTERS, FIGURES))
        earlier, places, spoken = (
            _rows(folder, sheet) if sheet.file in digests else ()
            for sheet in (EARLIER, PLACES, LANGUAGES)
        )
    except (ValueError, OSError) as error:
        raise BadInput(f"{folder}: the tables in it are not those of an upload") from error
    if not all(row.keys() >= NEEDED for row in letters):
        raise BadInput(f"{folder}: the tables in it are not those of an upload")
    return Bundle(folder, manifest, digest, letters, figures, earlier, places, spoken)


def _rows(folder: Path, sheet: Sheet) -> tuple[Row, ...]:
    """Return the rows of a table; a column that an older release did not write is empty."""
    unsaid = {column.name: "" for column in sheet.columns if not column.is_required}
    return tuple(unsaid | row for row in from_csv((folder / sheet.file).read_bytes()))


def _files(folder: Path) -> Iterator[str]:
    """Yield the path, relative to a folder, of every file anywhere below it."""
    for path in sorted(folder.rglob("*")):
        if path.is_dir() and not path.is_symlink() and not any(path.iterdir()):
            raise BadInput(f"{path}: added: it is an empty folder")
        if path.is_symlink() or not path.is_dir():
            name = path.relative_to(folder).as_posix()
            if path.is_symlink() or not path.is_file():
                raise BadInput(f"{path}: added: it is not a plain file")
            yield name


@dataclass(frozen=True, slots=True)
class PublicFolder:
    """A folder for a bundle, held by one process at a time: see `held`."""

    # What a crash leaves, and what the next upload makes of it in `current`. Whether the ledger
    # has the new bundle's digest decides, since its commit comes between `swap` and `settle`:
    #
    #     crashed                 public   .new   .before   recorded   then
    #     while writing           old      part   -         no         .new is deleted
    #     between both renames    -        whole  old       no         .new is deleted, old is back
    #     before the commit       new      -      old       no         new is deleted, old is back
    #     after the commit        new      -      old       yes        .before is deleted
    #     while it is deleted     new      -      part      yes        .before is deleted
    #
    # There is no .before in a first upload. If it crashes before its commit, it leaves a whole
    # bundle that is not recorded, which the next upload of the same mailout replaces.

    path: Path

    @property
    def new(self) -> Path:
        return self.path.with_name(f".{self.path.name}.new")

    @property
    def before(self) -> Path:
        return self.path.with_name(f".{self.path.name}.before")

    def current(self, recorded: Collection[str]) -> Bundle | None:
        """Return the bundle that is public, or None if there is none yet.

        First clears up after an interrupted upload; `recorded` has the digests of the manifests
        whose upload the ledger records. Raises `BadInput` if anything else is in the folder.
        """
        shutil.rmtree(self.new, ignore_errors=True)
        if self.before.exists():
            self._choose(recorded)
        if not self.path.exists() or not any(self.path.iterdir()):
            return None
        return read(self.path)

    def _choose(self, recorded: Collection[str]) -> None:
        """Keep the new bundle if its upload was recorded; otherwise bring back the one before."""
        is_there = self.path.exists()
        if is_there and read(self.path).digest in recorded:
            self.settle()
            return
        if is_there:
            self.path.rename(self.new)  # not deleted in place: that could be interrupted as well
        self.before.rename(self.path)
        shutil.rmtree(self.new, ignore_errors=True)

    @contextmanager
    def written(self, files: Iterable[tuple[str, bytes]]) -> Iterator[None]:
        """Write a new bundle beside the public one, ready for `swap` during the block.

        Raises `BadInput` if it cannot be written. What was not swapped is deleted afterwards.
        """
        try:
            self.new.mkdir()
            for path, content in files:
                disk.write_part(self.new / path, content)
            for each in [self.new, *(path for path in self.new.rglob("*") if path.is_dir())]:
                disk.sync_folder(each)
            yield
        except OSError as error:
            raise BadInput(f"{self.path}: cannot be written: {error.strerror}") from error
        finally:
            shutil.rmtree(self.new, ignore_errors=True)

    def swap(self) -> None:
        """Make the new bundle public. The one before stays beside it until `settle`."""
        if self.path.exists() and any(self.path.iterdir()):
            self.path.rename(self.before)
        self.new.rename(self.path)
        disk.sync_folder(self.path.parent)

    def back(self) -> None:
        """Undo `swap`, even if it was done in part or not at all."""
        if not self.new.exists():
            self.path.rename(self.new)
        if self.before.exists():
            self.before.rename(self.path)

    def settle(self) -> None:
        """Delete the bundle before, once the upload of the new one is recorded."""
        shutil.rmtree(self.before, ignore_errors=True)


@contextmanager
def held(folder: Path) -> Iterator[PublicFolder]:
    """Hold a public folder, so that nobody else writes a bundle there during the block.

    Raises `BadInput` for a folder that cannot hold one, and `UnderWay` if another upload runs.
    """
    path = folder.resolve()
    if os.path.ismount(path) or (path.exists() and not path.is_dir()):
        raise BadInput(f"{folder}: name a folder that is not a mount point, or a new one in it")
    try:
        parent = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise BadInput(f"{path.parent}: {error.strerror}: make this folder first") from error
    try:
        _lock(parent, path.parent)
        yield PublicFolder(path)
    finally:
        os.close(parent)


def _lock(descriptor: int, folder: Path) -> None:
    """Lock a folder until its descriptor is closed or this process ends, however it ends."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise UnderWay(f"another upload is writing in {folder}: wait for it") from None
