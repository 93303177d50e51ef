"""The letters' font, and which characters it can draw."""

from __future__ import annotations

import unicodedata
from array import array
from functools import cache
from importlib.resources import files
from pathlib import Path
from struct import unpack_from
from sys import byteorder
from typing import Final

from dispatch.domain.wording.characters import code_point

FOLDER: Final = Path(str(files("fontpkg_lato"))) / "files"
"""Lato in all its weights, which have the same characters."""


def drawable(character: str) -> bool:
    """Whether a letter can show this character.

    Control characters are printed as spaces, and the non-breaking hyphen as a hyphen.
    """
    category = unicodedata.category(character)
    return category == "Cc" or (category != "Cf" and ord(character) in characters())


def undrawable(text: str) -> str:
    """Return the characters of `text` that the font lacks, each once, by code point."""
    return "".join(sorted(character for character in set(text) if not drawable(character)))


def drawn(text: str) -> str:
    """Return `text` with the code point of each character that the font lacks in its place."""
    return "".join(each if drawable(each) else f"[{code_point(each)}]" for each in text)


@cache
def characters() -> frozenset[int]:
    """Return the characters that the font has a glyph for, and those printed as another."""
    content = (FOLDER / "Lato-Regular.ttf").read_bytes()
    return frozenset(_mapped(content, _subtable(content))) | {0x2011, 0x2028, 0x2029}


def _subtable(content: bytes) -> int:
    """Return the offset of the Windows Unicode character map, format 4 (OpenType, `cmap`)."""
    (tables,) = unpack_from(">H", content, 4)
    directory = (unpack_from(">4sIII", content, 12 + 16 * n) for n in range(tables))
    cmap: int = next(offset for tag, _, offset, _ in directory if tag == b"cmap")
    (count,) = unpack_from(">H", content, cmap + 2)
    records = (unpack_from(">HHI", content, cmap + 4 + 8 * n) for n in range(count))
    start: int = next(
        offset for platform, encoding, offset in records if (platform, encoding) == (3, 1)
    )
    return cmap + start


def _mapped(content: bytes, start: int) -> list[int]:
    """Return the characters that a format 4 map gives a glyph: glyph 0 stands for none."""
    _, length, _, doubled = unpack_from(">4H", content, start)
    words = array("H", content[start : start + length])
    if byteorder == "little":
        words.byteswap()
    size = doubled // 2
    ends, starts = words[7 : 7 + size], words[8 + size : 8 + 2 * size]
    deltas, ranges = words[8 + 2 * size : 8 + 3 * size], words[8 + 3 * size : 8 + 4 * size]
    found = []
    for n, (first, last, delta, offset) in enumerate(
        zip(starts, ends, deltas, ranges, strict=True)
    ):
        for character in range(first, min(last, 0xFFFE) + 1):
            # A range offset counts bytes from its own position in the table.
            at = 8 + 3 * size + n + offset // 2 + character - first
            glyph = words[at] if offset else character
            if glyph and (glyph + delta) % 0x10000:
                found.append(character)
    return found
