"""The manifest of a public bundle: every file's size and SHA-256, and how a folder differs.

There are two files a letter, or more. So it is spelled and read without a copy of each entry.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Self

from dispatch.domain.digest import sha256
from dispatch.domain.errors import BadInput

NAME: Final = "manifest.json"
FORMAT: Final = "dispatch-upload-1"


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """One file of a bundle."""

    path: str
    """Relative to the bundle's folder, with slashes."""
    size: int
    """In bytes."""
    sha256: str

    @classmethod
    def of(cls, path: str, content: bytes) -> Self:
        return cls(path, len(content), sha256(content))

    def to_json(self) -> str:
        """Return what the manifest has of the file, in five lines."""
        path, size, digest = map(_spelled, (self.path, self.size, self.sha256))
        return f'{{\n   "path": {path},\n   "size": {size},\n   "sha256": {digest}\n  }}'


@dataclass(frozen=True)
class Manifest:
    """Every file of a bundle except the manifest, and the mailouts whose letters are in it."""

    mailouts: tuple[str, ...]
    files: tuple[Entry, ...]

    @classmethod
    def of(cls, mailouts: Iterable[str], files: Iterable[Entry]) -> Self:
        return cls(tuple(sorted(mailouts)), tuple(sorted(files)))

    @classmethod
    def from_json(cls, content: bytes) -> Self:
        """Read a manifest; raise `BadInput` unless these bytes are one, exactly as we write it."""
        try:
            found = json.loads(content, object_pairs_hook=_read)
            _refuse_other(str, found["mailouts"])
            _refuse_other(Entry, found["files"])
            manifest = cls.of(found["mailouts"], found["files"])
            is_as_written = manifest.digest == sha256(content)
        except (ValueError, TypeError, LookupError, RecursionError) as error:
            raise BadInput(f"{NAME}: this is not the manifest of an upload") from error
        if not is_as_written:
            raise BadInput(f"{NAME}: changed: it is not as an upload writes it")
        return manifest

    def to_json(self) -> bytes:
        """Return the manifest's file: the same bytes for the same bundle."""
        return b"".join(self._pieces())

    def _pieces(self) -> Iterator[bytes]:
        head = _spelled({"format": FORMAT, "mailouts": self.mailouts}).removesuffix("\n}")
        yield f'{head},\n "files": ['.encode()
        for number, entry in enumerate(self.files):
            yield f"{',' if number else ''}\n  {entry.to_json()}".encode()
        yield (b"\n ]" if self.files else b"]") + b"\n}\n"

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of the manifest's file, which covers the whole bundle."""
        found = hashlib.sha256()
        for piece in self._pieces():
            found.update(piece)
        return found.hexdigest()

    @cached_property
    def digests(self) -> Mapping[str, str]:
        """The SHA-256 of each file, by path."""
        return {entry.path: entry.sha256 for entry in self.files}

    def difference(self, there: Iterable[tuple[str, str]]) -> str | None:
        """Return the first difference, by path, between the manifest and a folder; or None.

        `there` has the path and the SHA-256 of each file in the folder, without the manifest.
        """
        expected, missing = self.digests, {*self.digests}
        first: tuple[str, str] | None = None
        for path, digest in there:
            missing.discard(path)
            if expected.get(path) != digest and (first is None or path < first[0]):
                is_added = path not in expected
                first = (
                    path,
                    (
                        "added: it is not part of the upload"
                        if is_added
                        else "changed: it is not the file that was uploaded"
                    ),
                )
        gone = [(min(missing), "missing")] if missing else []
        return ": ".join(min([*gone, first] if first else gone, default=())) or None


def _spelled(value: object) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False)


def _read(pairs: list[tuple[str, Any]]) -> Entry | dict[str, Any]:
    """Return a file, or another object of a manifest. Raises `TypeError` for odd values."""
    found = dict(pairs)
    if "path" not in found:
        return found
    entry = Entry(**found)
    for name, kind in (("path", str), ("size", int), ("sha256", str)):
        _refuse_other(kind, [getattr(entry, name)])
    return entry


def _refuse_other(kind: type, values: Iterable[object]) -> None:
    if not all(type(each) is kind for each in values):
        raise TypeError(f"not a {kind.__name__}")
