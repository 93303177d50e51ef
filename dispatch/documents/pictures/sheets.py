"""The pages of a PDF as pictures, from its very bytes.

A browser's own viewer does not show a PDF within a page of ours, whose policy forbids it. So a
person is shown what the bytes that will be sent look like.
"""

from __future__ import annotations

import struct
import zlib
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Final

import pypdfium2 as pdfium

from dispatch.domain.errors import NotFound

SCALE: Final = 1.25
"""Pixels for each point: A4 is 745 wide, as wide as a column of text."""
MOST_KEPT: Final = 48
"""Pictures that are kept; each has some 150 kB."""

_LOCK: Final = Lock()
"""PDFium is for one thread at a time."""
_KEPT: Final[OrderedDict[tuple[str, int], bytes]] = OrderedDict()


def picture(sha256: str, page: int, load: Callable[[], bytes]) -> bytes:
    """Return a page of a PDF, counted from 1, as PNG; `load` returns the PDF with this SHA-256.

    Raises `NotFound` for a page that it does not have, and as `load`.
    """
    with _LOCK:
        if (kept := _KEPT.get((sha256, page))) is not None:
            _KEPT.move_to_end((sha256, page))
            return kept
    pdf = load()  # not under the lock: it asks the database
    with _LOCK:
        made = _KEPT[sha256, page] = _made(pdf, page)
        while len(_KEPT) > MOST_KEPT:
            _KEPT.popitem(last=False)
    return made


def count(pdf: bytes) -> int:
    """Return how many pages a PDF has."""
    with _LOCK:
        document = pdfium.PdfDocument(pdf)
        try:
            return len(document)
        finally:
            document.close()


def _made(pdf: bytes, page: int) -> bytes:
    document = pdfium.PdfDocument(pdf)
    try:
        if not 1 <= page <= len(document):
            raise NotFound(f"the letter has {len(document)} pages")
        bitmap = document[page - 1].render(scale=SCALE, rev_byteorder=True)
        return _png(bytes(bitmap.buffer), bitmap.width, bitmap.height, bitmap.stride)
    finally:
        document.close()


def _png(pixels: bytes, width: int, height: int, stride: int) -> bytes:
    """Return pixels of three octets as PNG (ISO/IEC 15948), each row as it is."""
    rows = b"".join(
        b"\0" + pixels[row * stride : row * stride + 3 * width] for row in range(height)
    )
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(rows, 6)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*each) for each in parts)


def _chunk(kind: bytes, content: bytes) -> bytes:
    checksum = struct.pack(">I", zlib.crc32(kind + content))
    return struct.pack(">I", len(content)) + kind + content + checksum
