"""Blocks to a tagged PDF (PDF/UA-1 and PDF/A-2a), by Typst.

The text reaches Typst as data and is never read as markup. The template's files are given to it in
memory, and its root is not a folder, so it cannot read anything from a disk.
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from functools import lru_cache
from typing import Any, Final, cast

import orjson
import typst

from dispatch.documents import font
from dispatch.documents.blocks import Grid, Heading, Items, Paragraph, Picture, Quotation, Run
from dispatch.documents.markdown import Part, Piece
from dispatch.documents.pictures.chart import charted, doughnut
from dispatch.domain.errors import CannotRender

MAIN: Final = "letter.typ"
READ: Final = (".typ", ".svg")
FORBIDDEN: Final = re.compile(r'\b(?:import|include)\b(?!\s*"[^"@\\]+\.typ")|\b(?:eval|std)\b')
"""Typst fetches packages over the network, so a file may import only other files of Typst by plain
names; those are looked through as well."""
BREAKS: Final = r'#show regex("\S{31,}"): word => word.text.clusters().join(box());'
"""A rule in front of each template: words so long that they would run off the page break anywhere.

Nothing is inserted that a reader would copy: a digest or an address is copied as it is. The rule
stands on the template's first line, so that the lines of its errors are those of the file.
"""
BULLETS: Final = "#set list(marker: ([•], [\u2013]));"
"""The marks of lists within lists. Typst's own second one is not in the letters' font."""


@dataclass(frozen=True, slots=True)
class Told:
    """A letter in one of the languages that a PDF has."""

    language: str
    heading: str
    parts: Sequence[Part]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """The contents of a PDF: the parts of a letter, and what the PDF says about itself."""

    title: str
    heading: str
    """The words at the foot of each page."""
    author: str
    letter_date: date
    parts: Sequence[Part]
    versions: Sequence[Told] = ()
    """Its languages, if letters are in several."""
    extra: Mapping[str, Any] = field(default_factory=dict)
    """What a layout needs beside that, as JSON values."""


def typeset(sources: Mapping[str, str], sheet: Sheet) -> bytes:
    """Return a letter as a PDF laid out by a template's files; the same bytes each time.

    Raises `CannotRender` with Typst's message, such as a syntax error or a missing description.
    """
    try:
        return cast("bytes", compiler().compile(**order(sources, sheet)))
    except typst.TypstError as error:
        raise CannotRender(_complaint(error)) from error


def order(sources: Mapping[str, str], sheet: Sheet) -> dict[str, Any]:
    """Return the compiler's arguments: files, data, standards, and a fixed time."""
    files = {name: text.encode() for name, text in sources.items() if name.endswith(READ)}
    return {
        "input": {"main.typ": (BULLETS + BREAKS).encode() + files[MAIN], **files},
        "format": "pdf",
        "sys_inputs": {"letter": orjson.dumps(_data(sheet)).decode()},
        "pdf_standards": ["a-2a", "ua-1"],
        "timestamp": datetime.combine(sheet.letter_date, time(), tzinfo=UTC),
    }


def refuse_reaching_out(sources: Mapping[str, str]) -> None:
    """Raise `CannotRender` if a Typst file among `sources` could use the network."""
    for name in (name for name in sources if name.endswith(".typ")):
        if found := FORBIDDEN.search(sources[name]):
            line = sources[name].count("\n", 0, found.start()) + 1
            raise CannotRender(f"{name}, line {line}: {found[0]} is not allowed in letters")


_held = threading.local()
_compiled_in: Final[set[int]] = set()


def compiler() -> typst.Compiler:
    """Return this thread's compiler, made on first use, because threads cannot share one.

    Raises `RuntimeError` in a child of a process that has compiled, where Typst would hang: its
    threads do not survive a fork. So workers compile, and their parent never does.
    """
    _compiled_in.add(os.getpid())
    if len(_compiled_in) > 1:
        raise RuntimeError("letters cannot be rendered in the child of a process that rendered")
    if not hasattr(_held, "compiler"):
        fonts = typst.Fonts(
            include_system_fonts=False, include_embedded_fonts=False, font_paths=[font.FOLDER]
        )
        _held.compiler = typst.Compiler(
            root=os.devnull, font_paths=fonts, ignore_system_fonts=True, package_path=os.devnull
        )
    return cast("typst.Compiler", _held.compiler)


def _data(sheet: Sheet) -> dict[str, Any]:
    day = sheet.letter_date
    versions = [
        {"language": each.language, "heading": each.heading, "parts": _parts(each.parts)}
        for each in sheet.versions
    ]
    return {
        **({"versions": versions} if versions else {}),
        "title": sheet.title,
        "heading": sheet.heading,
        "author": sheet.author,
        "date": {"year": day.year, "month": day.month, "day": day.day},
        "parts": _parts(sheet.parts),
        **sheet.extra,
    }


def _parts(parts: Sequence[Part]) -> list[dict[str, Any]]:
    return [{"name": part.name, "blocks": _joined(part.pieces)} for part in parts]


def _joined(pieces: Iterable[Piece]) -> orjson.Fragment:
    return orjson.Fragment(b"[%s]" % b",".join(filter(None, map(_spelled, pieces))))


@lru_cache(maxsize=2048)
def _spelled(piece: Piece) -> bytes:
    """Return the blocks of a piece as JSON, without brackets around them."""
    return orjson.dumps(piece.blocks, plain, orjson.OPT_PASSTHROUGH_DATACLASS)[1:-1]


def plain(value: object) -> dict[str, Any]:
    """Return a block or a run as `letter.typ` reads it."""
    said: dict[str, Any]
    match value:
        case Run(text, strong, emphasis, link):
            said = {"text": text, "strong": strong, "emphasis": emphasis, "link": link}
        case Heading(level, runs):
            said = {"kind": "heading", "level": level, "runs": runs}
        case Paragraph(runs):
            said = {"kind": "paragraph", "runs": runs}
        case Items(is_numbered, items):
            said = {"kind": "numbers" if is_numbered else "bullets", "items": items}
        case Grid(head, rows):
            said = {"kind": "table", "head": head, "rows": rows}
        case Quotation(blocks):
            said = {"kind": "quotation", "blocks": blocks}
        case Picture(source, description):
            said = {"kind": "picture", "description": description, **_picture(source)}
        case _:
            raise TypeError(f"not a part of a letter: {type(value).__name__}")
    return said


def _picture(source: str) -> dict[str, str | None]:
    percent = charted(source)
    return {"source": source, "svg": None if percent is None else doughnut(percent)}


def _complaint(error: typst.TypstError) -> str:
    """Return Typst's message on one line, with the place if that is in a file of the template."""
    place = re.search(r"\u250c\u2500 \S*?([^/\s:]+):(\d+):(\d+)", error.diagnostic)
    file = "" if not place or place[1] == "main.typ" else f"{place[1]}, "
    # Typst counts columns from 0, and its first line begins with our own rule.
    column = f", column {int(place[3]) + 1}" if place and place[2] != "1" else ""
    where = f"{file}line {place[2]}{column}: " if place else ""
    return " ".join(f"{where}{'; '.join([error.message, *error.hints])}".split())
