"""Read spreadsheets (XLSX, ODS) as rows of text, in a process of their own.

A cell is what its type and format say, as a person sees it: 0.78 formatted as per cent is 78%. What
a person does not see, or sees as an error, is reported beside the rows and never read as text.

A few bytes can unpack to gigabytes, and one cell far to the right makes the reading library ask
for hundreds of them; it then does not raise an error but ends the process. So a child process with
limited memory does the work. If it dies, the file is reported as one that cannot be read.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from io import BytesIO
from typing import Final

from python_calamine import CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from dispatch.domain.errors import BadInput
from dispatch.files.disk import MEBIBYTE
from dispatch.files.tables import grid, ods, xlsx
from dispatch.files.tables.faults import shorten
from dispatch.files.tables.grid import COLUMNS, ROWS, Grid, Said, letters
from dispatch.files.tables.marks import PER_CENT, Marks, spans

ZIP_MAGIC: Final = b"PK\x03\x04"

UNPACKED: Final = 100 * MEBIBYTE
"""Bytes that the parts of a spreadsheet may unpack to, all together."""

SECONDS: Final = 60.0
"""Running time, and processor time, for one spreadsheet."""

UNREADABLE: Final = grid.UNREADABLE.format(what="spreadsheet")


def is_workbook(content: bytes) -> bool:
    """Whether some bytes begin as XLSX and ODS files do; a file's suffix may be wrong."""
    return content.startswith(ZIP_MAGIC)


def read_apart(name: str, content: bytes, seconds: float = SECONDS) -> Grid:
    """Return the cells, as text, of the one visible sheet that is not empty.

    Raises `BadInput` if it is damaged, larger than the limits, or crashes its reader.
    """
    function = f"{__name__}:answer"
    return grid.read_apart(name, content, function, what="spreadsheet", seconds=seconds)


def rows(content: bytes) -> Iterator[list[str] | Said]:
    """Yield the rows of the one visible sheet that is not empty, and at last what is odd in them.

    A formula is read as the value saved with it. Raises `BadInput` if the file is too large or
    ambiguous; any other error means that it is damaged.
    """
    check_unpacked(content)
    with (
        zipfile.ZipFile(BytesIO(content)) as archive,
        CalamineWorkbook.from_filelike(BytesIO(content)) as book,
    ):
        sheet, hidden = _only_sheet(book, archive)
        _check_extent(sheet)
        of_kind = ods if ods.CONTENT in archive.namelist() else xlsx
        reader = _Reader(of_kind.marks(archive, sheet.name))
        yield from reader.text(sheet)
    notes = [f"Hidden sheets are not read: {', '.join(map(shorten, hidden))}."] if hidden else []
    yield {"oddities": reader.oddities(), "notes": notes}


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


def _only_sheet(
    book: CalamineWorkbook, archive: zipfile.ZipFile
) -> tuple[CalamineSheet, list[str]]:
    """Return the sheet to read, and the names of hidden ones that are not empty.

    A hidden sheet is not what a person sees, so it is not read: it often holds lists to choose
    from. If nothing else is there, it is what the person means and cannot see.
    """
    unseen = {
        each.name for each in book.sheets_metadata if each.visible is not SheetVisibleEnum.Visible
    }
    if ods.CONTENT in archive.namelist():
        unseen |= ods.hidden_sheets(archive)
    sheets = [
        book.get_sheet_by_name(each.name)
        for each in book.sheets_metadata
        if each.typ is SheetTypeEnum.WorkSheet
    ]
    filled = [sheet for sheet in sheets if sheet.height]
    seen = [sheet for sheet in filled if sheet.name not in unseen]
    hidden = [sheet.name for sheet in filled if sheet.name in unseen]
    if not seen and hidden:
        names = ", ".join(map(shorten, hidden))
        raise BadInput(f"only a hidden sheet is filled in ({names}); show the sheet that is meant")
    if not seen:
        raise BadInput("the spreadsheet has nothing in it")
    if len(seen) > 1:
        names = ", ".join(shorten(sheet.name) for sheet in seen)
        raise BadInput(f"more than one sheet is filled in ({names}); keep only the one to be read")
    return seen[0], hidden


def _check_extent(sheet: CalamineSheet) -> None:
    row, column = (last + 1 for last in sheet.end or (0, 0))
    if row > ROWS + 1 or column > COLUMNS:
        raise BadInput(
            f"the sheet reaches to row {row} and column {column}, and {ROWS} rows and {COLUMNS} "
            f"columns are the most that is read; delete stray cells far outside the table"
        )


class _Reader:
    """Turns the cells of a sheet into text, and collects what is odd about them."""

    def __init__(self, marks: Marks) -> None:
        self._marks = marks
        self._hidden_rows: list[int] = []
        self._hidden_columns: dict[int, str] = {}
        """Those with text in them, with the first text of each."""
        self._cells: list[tuple[str, int, int]] = []

    def text(self, sheet: CalamineSheet) -> Iterator[list[str]]:
        """Yield the rows, up to a limit: one text may be in a million cells, and stored once."""
        left = UNPACKED
        for number, row in enumerate(sheet.iter_rows()):
            cells = [as_text(cell) for cell in row]
            left -= sum(map(len, cells))
            if left < 0:
                raise _unpacks_to_too_much(UNPACKED)
            self._apply(number, row, cells)
            yield cells

    def _apply(self, number: int, row: Sequence[Cell], cells: list[str]) -> None:
        """Put what is seen in the place of what is stored, and note what is odd in a row."""
        for column, mark in self._marks.cells.get(number, {}).items():
            if mark != PER_CENT:
                self._note(mark, number, column)
            elif column < len(row):
                cells[column] = as_per_cent(row[column])
        for column, merged in self._marks.merged.get(number, {}).items():
            if column < len(cells) and cells[column]:
                self._note(f"is merged with other cells ({merged}); {UNMERGE}", number, column)
        self._look_for_hidden(number, cells)

    def _look_for_hidden(self, number: int, cells: Sequence[str]) -> None:
        if number in self._marks.hidden_rows and any(map(str.strip, cells)):
            self._hidden_rows.append(number + 1)
        for column in self._marks.hidden_columns:
            if column < len(cells) and (text := cells[column].strip()):
                self._hidden_columns.setdefault(column, text)

    def _note(self, rule: str, number: int, column: int) -> None:
        if len(self._cells) < MOST_ODDITIES:
            self._cells.append((rule, number + 1, column))

    def oddities(self) -> list[tuple[str, int | None, int | None]]:
        """Return each rule that is broken, with the row and the column."""
        found: list[tuple[str, int | None, int | None]] = []
        if self._hidden_rows:
            is_one = len(self._hidden_rows) == 1
            rows = f"row{' ' if is_one else 's '}{spans(self._hidden_rows)}"
            show = f"show {'it' if is_one else 'them'}"
            how = "hidden by a filter; clear it" if self._marks.is_filtered else f"hidden; {show}"
            rule = f"{rows} {'is' if is_one else 'are'} {how}, or delete what is not meant"
            found.append((rule, None, None))
        for column, text in sorted(self._hidden_columns.items()):
            rule = f'column {letters(column)} ("{shorten(text)}") is hidden; show it or delete it'
            found.append((rule, None, column))
        return [*found, *self._cells]


UNMERGE: Final = "unmerge them and write the value in each cell that it is meant for"

MOST_ODDITIES: Final = 10_000
"""Cells that are reported: a message counts those that it does not show."""


Cell = int | float | str | bool | time | date | datetime | timedelta


def as_text(cell: Cell) -> str:
    """Return a cell as a person would have typed it: 5 rather than 5.0, dates in ISO 8601."""
    match cell:
        case bool():
            return str(cell).lower()
        case float() if cell.is_integer():
            return str(int(cell))
        case float():
            return f"{cell:.15g}"  # as exactly as Excel shows it: 0.3 for 0.1 + 0.2
        case datetime() if cell.time() == time():
            return cell.date().isoformat()
        case date() | time():
            return cell.isoformat()
        case _:
            return str(cell)


def as_per_cent(cell: Cell) -> str:
    """Return a cell that is formatted as per cent as a person sees it: 78% for 0.78."""
    match cell:
        case bool():
            return as_text(cell)
        case int() | float():
            return f"{cell * 100:.12g}%"
        case _:
            return as_text(cell)


def answer(content: bytes) -> Iterator[list[str] | Said]:
    """Yield each row and what is odd in them, or at last what is wrong. Called in the child."""
    return grid.answer(lambda: rows(content))
