"""Public bundles on disk: read and checked as a whole, and replaced in one step.

A bundle is written to a folder beside the public one, synced to disk, and then renamed:

    public              the bundle that people see
    .public.new         the next one, while it is written
    .public.before      the last one, from the swap until the upload is recorded

A bundle has its folder to itself: a folder with anything else in it is refused, never cleared.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import zipfile
from codecs import iterdecode
from collections import deque
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from dispatch.domain.digest import sha256
from dispatch.domain.errors import BadInput, UnderWay
from dispatch.domain.proof.manifest import NAME, Manifest
from dispatch.domain.publishing.bundle import EARLIER, FIGURES, LANGUAGES, LETTERS, PLACES, Sheet
from dispatch.domain.publishing.spreadsheet import Row, csv_rows
from dispatch.files import disk, packs

NEEDED: Final = {"authority_code", "mailout", "file"}
"""The columns by which letters are found."""


File = tuple[str, bytes | Iterable[bytes]]
"""A path in a bundle, and the bytes of that file, perhaps in pieces."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle whose files are the ones that its manifest lists, each read when it is asked for."""

    folder: Path
    manifest: Manifest

    @property
    def digest(self) -> str:
        """The manifest's SHA-256, which covers every file."""
        return self.manifest.digest

    def content(self, path: str) -> bytes:
        """Return the bytes of a file; raise `BadInput` if they have changed since it was read.

        Also for a path that is not in the bundle: its tables may name any.
        """
        if path not in self.manifest.digests:
            raise BadInput(
                f"{self.folder}: the tables in it name {path}: there is no such file in it"
            )
        content = (self.folder / path).read_bytes()
        self._refuse_changed(path, sha256(content))
        return content

    def rows(self, sheet: Sheet) -> Iterator[Row]:
        """Yield the rows of a table, one at a time.

        A table that an older release did not write has none, and such a column is empty. Raises
        `BadInput`, at the end, if the table has changed since the bundle was read, and `ValueError`
        for what is not a table.
        """
        if sheet.file not in self.manifest.digests:
            return
        unsaid = {column.name: "" for column in sheet.columns if not column.is_required}
        found = hashlib.sha256()
        with (self.folder / sheet.file).open("rb") as file:
            for row in csv_rows(iterdecode(_hashed(file, found), "utf-8-sig")):
                yield unsaid | row
        self._refuse_changed(sheet.file, found.hexdigest())

    def _refuse_changed(self, path: str, found: str) -> None:
        if found != self.manifest.digests[path]:
            raise BadInput(f"{self.folder / path}: changed while it was read")


def _hashed(lines: Iterable[bytes], found: hashlib._Hash) -> Iterator[bytes]:
    for line in lines:
        found.update(line)
        yield line


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
    manifest = Manifest.from_json((folder / NAME).read_bytes())
    there = ((path, _digest(folder / path)) for path in _files(folder) if path != NAME)
    if found := manifest.difference(there):
        raise BadInput(f"{folder}/{found}")
    bundle = Bundle(folder, manifest)
    if not _has_tables(bundle):
        raise BadInput(f"{folder}: the tables in it are not those of an upload")
    return bundle


def _has_tables(bundle: Bundle) -> bool:
    """Whether a bundle has the tables of an upload, and each of them can be read."""
    try:
        are_found = all(row.keys() >= NEEDED for row in bundle.rows(LETTERS))
        for sheet in (FIGURES, EARLIER, PLACES, LANGUAGES):
            deque(bundle.rows(sheet), maxlen=0)
    except ValueError:
        return False
    return are_found and {LETTERS.file, FIGURES.file} <= bundle.manifest.digests.keys()


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _files(folder: Path) -> Iterator[str]:
    """Yield the path, relative to a folder, of every file anywhere below it."""
    for place, folders, files in os.walk(folder):
        if not folders and not files:
            raise BadInput(f"{place}: added: it is an empty folder")
        folders.sort()
        for name in (*folders, *sorted(files)):
            path = Path(place, name)
            if path.is_symlink() or not (path.is_file() or path.is_dir()):
                raise BadInput(f"{path}: added: it is not a plain file")
        yield from (Path(place, name).relative_to(folder).as_posix() for name in sorted(files))


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
    def written(self, files: Iterable[File]) -> Iterator[None]:
        """Write a new bundle beside the public one, ready for `swap` during the block.

        Raises `BadInput` if it cannot be written. What was not swapped is deleted afterwards.
        """
        try:
            self.new.mkdir()
            for path, content in files:
                disk.write_part(self.new / path, content)
            for place, _, _ in os.walk(self.new):
                disk.sync_folder(Path(place))
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
