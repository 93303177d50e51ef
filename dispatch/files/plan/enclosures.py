"""The folders beside a plan: paragraphs and spreadsheets for one authority."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from dispatch.domain.digest import sha256
from dispatch.domain.errors import BadInput
from dispatch.domain.mailout import Attachment
from dispatch.files import disk
from dispatch.files.plan import keys
from dispatch.files.tables import fields
from dispatch.files.tables.faults import Faults, Wrong

LOCK: Final = "~$"
"""How the name of a file begins that Office writes beside one that is open."""

MOST_ATTACHMENTS: Final = 3
LARGEST_ATTACHMENT: Final = 5 * disk.MEBIBYTE
LARGEST_PARAGRAPH: Final = 20_000
"""Bytes in one authority's own paragraphs: several pages, far more than a letter needs."""

TYPES: Final = {
    ".xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", b"PK\x03\x04"),
    ".ods": ("application/vnd.oasis.opendocument.spreadsheet", b"PK\x03\x04"),
    ".xls": ("application/vnd.ms-excel", b"\xd0\xcf\x11\xe0"),
    ".csv": ("text/csv", b""),
}
"""What may be attached: for each suffix, the media type and the bytes a file starts with."""


@dataclass(frozen=True, slots=True)
class Enclosures:
    """Confidential spreadsheets by authority code, and their bytes by digest."""

    attachments: dict[str, list[Attachment]] = field(default_factory=dict)
    documents: dict[str, tuple[str, bytes]] = field(default_factory=dict)


def read_bespoke(folder: Path, faults: Faults) -> dict[str, str]:
    """Return the Markdown of each `CODE.md`, by code; that of `CODE.cy.md` by `CODE.cy`."""
    paragraphs = {}
    for path in _entries(folder, folder, "bespoke", faults):
        with _noting(faults, "bespoke", path.name):
            paragraphs[_code(path)] = _paragraph(_content(path, LARGEST_PARAGRAPH))
    return paragraphs


def checked_bespoke(texts: Mapping[str, str], faults: Faults) -> dict[str, str]:
    """Return the paragraphs that were typed for authorities, by code, as files would give them."""
    paragraphs = {}
    for code, text in texts.items():
        with _noting(faults, "bespoke", code):
            paragraphs[_told_in(code)] = _paragraph(_few_bytes(text.encode()))
    return paragraphs


def _few_bytes(content: bytes) -> bytes:
    if len(content) > LARGEST_PARAGRAPH:
        raise Wrong(f"has {len(content):,} bytes; at most {LARGEST_PARAGRAPH:,} are allowed")
    return content


def _code(path: Path) -> str:
    if path.suffix != ".md":
        raise Wrong("is not the paragraph of an authority; name it CODE.md")
    return _told_in(path.stem)


def _told_in(name: str) -> str:
    """Return the code of an authority, with the language of a translation after a full stop."""
    code, point, language = name.partition(".")
    return keys.code(code) + (point + fields.language(language) if point else "")


def _paragraph(content: bytes) -> str:
    try:
        text = content.decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        raise Wrong("is not in UTF-8; save it as UTF-8") from None
    if not text:
        raise Wrong("has no text; write some or delete the file")
    return text


def read_attachments(folder: Path, faults: Faults) -> Enclosures:
    """Return the spreadsheets in each folder `CODE/`."""
    enclosures = Enclosures()
    for place in _entries(folder, folder, "attachments", faults):
        with _noting(faults, "attachments", place.name):
            code = keys.code(place.name)
            for path in _few(list(_entries(place, folder, "attachments", faults))):
                with _noting(faults, "attachments", f"{place.name}/{path.name}"):
                    _attach(enclosures, code, path)
    return enclosures


def _few(paths: list[Path]) -> list[Path]:
    if len(paths) > MOST_ATTACHMENTS:
        raise Wrong(f"has {len(paths)} files; at most {MOST_ATTACHMENTS} are allowed")
    return paths


def _attach(enclosures: Enclosures, code: str, path: Path) -> None:
    media_type, content = _spreadsheet(path)
    digest = sha256(content)
    attachment = Attachment(name=path.name, media_type=media_type, sha256=digest)
    enclosures.attachments.setdefault(code, []).append(attachment)
    enclosures.documents[digest] = (media_type, content)


def _spreadsheet(path: Path) -> tuple[str, bytes]:
    """Return a spreadsheet's media type and bytes, having checked that they match its suffix."""
    _kind_of(path.name)
    content = _content(path, LARGEST_ATTACHMENT)
    return media_type_of(path.name, content), content


def media_type_of(name: str, content: bytes) -> str:
    """Return the media type of a spreadsheet for one authority.

    Raises `Wrong` if it is empty, too large, or not what the suffix of its name says.
    """
    media_type, magic = _kind_of(name)
    try:
        disk.check_size(name, content, LARGEST_ATTACHMENT)
    except BadInput as error:
        raise Wrong(str(error).partition(": ")[2]) from None
    if not content.startswith(magic):
        raise Wrong(f"is not what its suffix {Path(name).suffix} says; save it again")
    return media_type


def _kind_of(name: str) -> tuple[str, bytes]:
    """Return the media type that a file's name says, and the bytes that it then starts with."""
    if name.startswith(LOCK):
        raise Wrong("is written by Office while the file is open; close the file there")
    suffix = Path(name).suffix.casefold()
    if suffix not in TYPES:
        raise Wrong(f"is not one of {', '.join(TYPES)}")
    keys.file_name(name)
    return TYPES[suffix]


def _content(path: Path, largest: int) -> bytes:
    try:
        return disk.load(path, largest)[1]
    except BadInput as error:
        raise Wrong(str(error).partition(": ")[2]) from None


@contextmanager
def _noting(faults: Faults, column: str, name: str) -> Iterator[None]:
    """Record a fault of the file or folder `name`, and go on after the block."""
    try:
        yield
    except Wrong as rule:
        faults.add(str(rule), column=column, value=name)


def _entries(folder: Path, root: Path, column: str, faults: Faults) -> Iterator[Path]:
    """Yield the entries of a folder by name, without hidden ones and links out of `root`."""
    try:
        paths = sorted(folder.iterdir())
    except OSError as error:
        faults.add(_unreadable(folder, error), column=column, value=folder.name)
        return
    for path in paths:
        if path.name.startswith("."):
            continue
        if path.resolve().is_relative_to(root.resolve()):
            yield path
        else:
            faults.add("is a link that leads out of its folder", column=column, value=path.name)


def _unreadable(folder: Path, error: OSError) -> str:
    """Return what is wrong with a folder that a plan names."""
    tried = folder.absolute()
    match error:
        case NotADirectoryError():
            return f"is a file, and not a folder: {tried}"
        case FileNotFoundError():
            return f"is not there, as {tried}: a plan names its folders relative to itself"
        case _:
            return f"cannot be looked into: {error.strerror}"
