"""Print files for the post: an address sheet, and behind it the pages of the approved letter.

The letter's own PDFs are not changed: their pages are taken as they are, and the address stands on
a sheet of its own in front of them. So what is approved, sent by email and published is what is
posted. A printer must not scale any of it, or the address is not in the window: the file says so.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from dispatch.documents.font import undrawable
from dispatch.documents.pages import Pages, as_title
from dispatch.documents.pdf import Sheet, refuse_reaching_out, typeset
from dispatch.domain.errors import CannotRender
from dispatch.domain.posting.envelope import A4_HEIGHT, A4_WIDTH, Envelope

if TYPE_CHECKING:
    from pypdf import PdfReader, PdfWriter

WORDING: Final = "sheet.md"

WORDS_BELOW: Final = 10.0
"""Millimetres between what may show in the window and the words on the sheet."""

MILLIMETRE: Final = 72 / 25.4
"""In points, the unit of a PDF."""


@dataclass(frozen=True, slots=True)
class PrintFile:
    """A PDF to be printed, and what printing it takes."""

    content: bytes
    pages: int
    sheets: int
    """Sheets of paper."""


class AddressSheets:
    """The template of the sheet, ready for values to be filled in."""

    def __init__(self, folder: Path) -> None:
        """Read and compile the template. Raises `CannotRender` if it cannot be used."""
        self._pages = Pages.of_folder(folder)
        refuse_reaching_out(self._pages.sources)

    def pdf(
        self, lines: Sequence[str], envelope: Envelope, values: Mapping[str, Any], *, day: date
    ) -> bytes:
        """Return a sheet with an address for a window; `values` fill in its words.

        Raises `CannotRender` for a character of the address that the font lacks.
        """
        if lacking := undrawable("".join(lines)):
            raise CannotRender(f"the font lacks {lacking}, which the postal address has")
        title, *rest = self._pages.parts(WORDING, values)
        sheet = Sheet(
            title=as_title(title),
            heading=as_title(title),
            author=values["office"],
            letter_date=day,
            parts=[title, *rest],
            extra={"post": _lengths(lines, envelope)},
        )
        return typeset(self._pages.sources, sheet)


def _lengths(lines: Sequence[str], envelope: Envelope) -> dict[str, Any]:
    box = envelope.address
    words_from = max(envelope.may_show.bottom, envelope.folds[0]) + WORDS_BELOW
    return {
        "lines": list(lines),
        "address": {"left": box.left, "top": box.top, "width": box.width, "height": box.height},
        "folds": list(envelope.folds),
        "words_from": words_from,
    }


def joined(parts: Sequence[Sequence[bytes]], *, title: str, is_double_sided: bool) -> PrintFile:
    """Return the letters of some envelopes as one file; each is the PDFs that go into one.

    Printed on both sides, each PDF begins on a sheet of its own: a blank page follows one whose
    last sheet has an empty back. Raises `CannotRender` for a PDF that cannot be read, or whose
    pages are not A4.
    """
    from pypdf import PdfReader, PdfWriter  # noqa: PLC0415 - takes a tenth of a second
    from pypdf.errors import PyPdfError  # noqa: PLC0415 - the same

    writer = PdfWriter()
    try:
        for pdf in (pdf for letter in parts for pdf in letter):
            reader = PdfReader(io.BytesIO(pdf))
            _refuse_other_paper(reader)
            writer.append(reader, import_outline=False)
            if is_double_sided and len(writer.pages) % 2:
                writer.add_blank_page(A4_WIDTH * MILLIMETRE, A4_HEIGHT * MILLIMETRE)
    except PyPdfError as error:
        raise CannotRender(f"a letter's PDF cannot be read: {error}") from error
    _say_how_to_print(writer, title, is_double_sided=is_double_sided)
    made = io.BytesIO()
    writer.write(made)
    pages = len(writer.pages)
    return PrintFile(made.getvalue(), pages, pages // 2 if is_double_sided else pages)


def _refuse_other_paper(reader: PdfReader) -> None:
    for page in reader.pages:
        width, height = (float(side) / MILLIMETRE for side in page.mediabox[2:])
        if abs(width - A4_WIDTH) > 1 or abs(height - A4_HEIGHT) > 1:
            raise CannotRender("a letter's PDF has a page that is not A4 upright")


def _say_how_to_print(writer: PdfWriter, title: str, *, is_double_sided: bool) -> None:
    """Have programs print it at its size, and on one side or both."""
    from pypdf.generic import DictionaryObject, NameObject  # noqa: PLC0415 - as above

    sides = "/DuplexFlipLongEdge" if is_double_sided else "/Simplex"
    wishes = {"/PrintScaling": "/None", "/Duplex": sides}
    writer.root_object[NameObject("/ViewerPreferences")] = DictionaryObject(
        {NameObject(name): NameObject(value) for name, value in wishes.items()}
    )
    writer.add_metadata({"/Title": title})
