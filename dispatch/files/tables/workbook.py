"""Read spreadsheets (XLSX, ODS) as rows of text, in a process of their own.

A few bytes can unpack to gigabytes, and one cell far to the right makes the reading library ask
for hundreds of them; it then does not raise an error but ends the process. So a child process with
limited memory does the work. If it dies, the file is reported as one that cannot be read.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from io import BytesIO
from typing import Final

from python_calamine import CalamineSheet, CalamineWorkbook, SheetVisibleEnum

from dispatch.child import Child, Failed
from dispatch.domain.errors import BadInput
from dispatch.files.disk import MEBIBYTE
from dispatch.files.tables.faults import shorten
from dispatch.files.tables.limits import COLUMNS, ROWS

ZIP_MAGIC: Final = b"PK\x03\x04"

UNPACKED: Final = 100 * MEBIBYTE
"""Bytes that the parts of a spreadsheet may unpack to, all together."""

SECONDS: Final = 60.0
"""Running time, and processor time, for one spreadsheet."""

ANSWER_BYTES: Final = 8 * UNPACKED
"""JSON spells one character in up to six, and adds quotes and commas."""

UNREADABLE: Final = "this spreadsheet cannot be read; save it as .xlsx or CSV and try again"


def is_workbook(content: bytes) -> bool:
    """Whether some bytes begin as XLSX and ODS files do; a file's suffix may be wrong."""
    return content.startswith(ZIP_MAGIC)


def read_apart(name: str, content: bytes, seconds: float = SECONDS) -> list[list[str]]:
    """Return the cells, as text, of the one visible sheet that is not empty.

    Raises `BadInput` if it is damaged, larger than the limits, or crashes its reader.
    """
    with Child(f"{__name__}:answer", seconds=seconds, largest_answer=ANSWER_BYTES) as child:
        found = child.ask(content)
    if isinstance(found, Failed):
        raise BadInput(f"{name}: {UNREADABLE}")
    if found and isinstance(found[-1], dict):
        raise BadInput(f"{name}: {found[-1]['refused']}")
    return found


def rows(content: bytes) -> Iterator[list[str]]:
    """Yield the rows of the one visible sheet that is not empty.

    A formula is read as the value saved with it, and a cell that shows an error as blank. Raises
    `BadInput` if it is too large or ambiguous; any other error means that the file is damaged.
    """
    check_unpacked(content)
    with CalamineWorkbook.from_filelike(BytesIO(content)) as book:
        sheet = _only_sheet(book)
        _check_extent(sheet)
        yield from _text(sheet)


def check_unpacked(content: bytes, largest: int = UNPACKED) -> None:
    """Raise `BadInput` if a zip unpacks to more than `largest` bytes.

    The zip's directory says how much; every part is then unpacked, piece by piece and no further
    than that, to check it. Should the directory still mislead, the child's memory is limited.
    """
    with zipfile.ZipFile(BytesIO(content)) as archive:
        if sum(part.file_size for part in archive.infolist()) > largest:
            raise _unpacks_to_too_much(largest)
        if archive.testzip():
            raise BadInput(UNREADABLE)


def _unpacks_to_too_much(largest: int) -> BadInput:
    return BadInput(
        f"the spreadsheet unpacks to more than {largest // MEBIBYTE} MB, the most that is read; "
        f"save the sheet as CSV"
    )


def _only_sheet(book: CalamineWorkbook) -> CalamineSheet:
    """Return the sheet to read. Hidden ones hold lists to choose from, and no data."""
    seen = (each for each in book.sheets_metadata if each.visible is SheetVisibleEnum.Visible)
    sheets = (book.get_sheet_by_name(each.name) for each in seen)
    filled = [sheet for sheet in sheets if sheet.height]
    if not filled:
        raise BadInput("the spreadsheet has nothing in it")
    if len(filled) > 1:
        names = ", ".join(shorten(sheet.name) for sheet in filled)
        raise BadInput(f"more than one sheet is filled in ({names}); keep only the one to be read")
    return filled[0]


def _check_extent(sheet: CalamineSheet) -> None:
    row, column = (last + 1 for last in sheet.end or (0, 0))
    if row > ROWS + 1 or column > COLUMNS:
        raise BadInput(
            f"the sheet reaches to row {row} and column {column}, and {ROWS} rows and {COLUMNS} "
            f"columns are the most that is read; delete stray cells far outside the table"
        )


def _text(sheet: CalamineSheet) -> Iterator[list[str]]:
    """Yield the rows, up to a limit: one text may be in a million cells, and stored once."""
    left = UNPACKED
    for row in sheet.iter_rows():
        cells = [as_text(cell) for cell in row]
        left -= sum(map(len, cells))
        if left < 0:
            raise _unpacks_to_too_much(UNPACKED)
        yield cells


Cell = int | float | str | bool | time | date | datetime | timedelta


def as_text(cell: Cell) -> str:
    """Return a cell as a person would have typed it: 5 rather than 5.0, dates in ISO 8601."""
    match cell:
        case bool():
            return str(cell).lower()
        case float() if cell.is_integer():
            return str(int(cell))
        case datetime() if cell.time() == time():
            return cell.date().isoformat()
        case date() | time():
            return cell.isoformat()
        case _:
            return str(cell)


def answer(content: bytes) -> Iterator[list[str] | dict[str, str]]:
    """Yield each row, or at last what is wrong. Called in the child."""
    try:
        yield from rows(content)
    except BadInput as error:
        yield {"refused": str(error)}
