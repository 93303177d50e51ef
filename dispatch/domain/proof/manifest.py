"""The manifest of a public bundle: every file's size and SHA-256, and how a folder differs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Final, Self

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
            found = json.loads(content)
            manifest = cls.of(found["mailouts"], (Entry(**each) for each in found["files"]))
            is_as_written = manifest.to_json() == content
        except (ValueError, TypeError, LookupError, RecursionError) as error:
            raise BadInput(f"{NAME}: this is not the manifest of an upload") from error
        if not is_as_written:
            raise BadInput(f"{NAME}: changed: it is not as an upload writes it")
        return manifest

    def to_json(self) -> bytes:
        """Return the manifest's file: the same bytes for the same bundle."""
        said = {
            "format": FORMAT,
            "mailouts": self.mailouts,
            "files": [asdict(entry) for entry in self.files],
        }
        return (json.dumps(said, indent=1, ensure_ascii=False) + "\n").encode()

    @property
    def digest(self) -> str:
        """The SHA-256 of the manifest's file, which covers the whole bundle."""
        return sha256(self.to_json())

    @cached_property
    def digests(self) -> Mapping[str, str]:
        """The SHA-256 of each file, by path."""
        return {entry.path: entry.sha256 for entry in self.files}

    def difference(self, there: Mapping[str, str]) -> str | None:
        """Return the first difference, by path, between the manifest and a folder; or None.

        `there` has the SHA-256 of each file in the folder by path, without the manifest.
        """
        expected = self.digests
        for path in sorted({*expected, *there}):
            if path not in there:
                return f"{path}: missing"
            if path not in expected:
                return f"{path}: added: it is not part of the upload"
            if expected[path] != there[path]:
                return f"{path}: changed: it is not the file that was uploaded"
        return None
