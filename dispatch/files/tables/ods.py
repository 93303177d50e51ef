"""Read from an ODS file what its cells' values do not say: what is hidden, formulas, formats.

OpenDocument 1.3 part 3, sections 9 and 19 have the elements; programs write their names with the
same prefixes. Rows and cells that are alike are written once, with how often they are repeated.
"""

from __future__ import annotations

from typing import Final
from zipfile import ZipFile

from dispatch.files.tables.grid import COLUMNS, ROWS, letters
from dispatch.files.tables.marks import (
    NOT_SAVED,
    PER_CENT,
    Attributes,
    Marks,
    is_zero,
    parse,
    shows_error,
)

CONTENT: Final = "content.xml"

UNSEEN: Final = frozenset({"collapse", "filter"})
"""Values of `table:visibility` of rows and columns that are not seen."""


def marks(archive: ZipFile, sheet: str) -> Marks:
    """Return the marks of the sheet with a name. Raises an error if the file is damaged."""
    reader = _Content(sheet)
    with archive.open(CONTENT) as part:
        parse(part, reader.start, reader.end, reader.text)
    return reader.marks


def hidden_sheets(archive: ZipFile) -> frozenset[str]:
    """Return the names of the sheets that are not seen."""
    reader = _Content("")
    with archive.open(CONTENT) as part:
        parse(part, reader.start, reader.end)
    return frozenset(reader.hidden_sheets)


class _Content:
    """Reads `content.xml`: called for each element."""

    def __init__(self, sheet: str) -> None:
        self.marks = Marks()
        self.hidden_sheets: set[str] = set()
        self._sheet = sheet
        self._is_wanted = False
        self._style = ""
        self._flat: set[str] = set()
        """Styles of rows without height, of columns without width, and of sheets not displayed."""
        self._closed_groups: list[bool] = []
        self._row = self._rows = 0
        self._column = self._columns = 0
        self._next_column = 0
        self._error: str | None = None
        self._in_row: dict[int, str] = {}
        self._merged: dict[int, str] = {}

    def start(self, name: str, attributes: Attributes) -> None:
        if name in CELLS:
            self._start_cell(attributes)
        elif name == "table:table-row":
            self._start_row(attributes)
        elif name == "table:table-column":
            self._start_column(attributes)
        elif name in GROUPS:
            self._closed_groups.append(attributes.get("table:display") == "false")
        elif name == "table:table":
            self._start_table(attributes)
        elif name.startswith("style:"):
            self._start_style(attributes)

    def _start_style(self, attributes: Attributes) -> None:
        if "style:name" in attributes:
            self._style = attributes["style:name"]
        lengths = (attributes.get(each) for each in ("style:row-height", "style:column-width"))
        if any(map(is_zero, lengths)) or attributes.get("table:display") == "false":
            self._flat.add(self._style)

    def _start_table(self, attributes: Attributes) -> None:
        name = attributes.get("table:name", "")
        self._is_wanted = name == self._sheet
        self._row = self._rows = self._next_column = 0
        if attributes.get("table:style-name") in self._flat:
            self.hidden_sheets.add(name)

    def _is_unseen(self, attributes: Attributes) -> bool:
        return (
            attributes.get("table:visibility") in UNSEEN
            or attributes.get("table:style-name") in self._flat
            or any(self._closed_groups)
        )

    def _start_column(self, attributes: Attributes) -> None:
        first = self._next_column
        self._next_column += int(attributes.get("table:number-columns-repeated", "1"))
        if self._is_wanted and self._is_unseen(attributes):
            self.marks.hidden_columns.update(range(first, min(self._next_column, COLUMNS)))

    def _start_row(self, attributes: Attributes) -> None:
        self._rows = int(attributes.get("table:number-rows-repeated", "1"))
        self._column = self._columns = 0
        self._in_row, self._merged = {}, {}
        if self._is_wanted and self._is_unseen(attributes):
            self.marks.hidden_rows.update(self._repeated())
            self.marks.is_filtered |= attributes.get("table:visibility") == "filter"

    def _repeated(self) -> range:
        return range(self._row, min(self._row + self._rows, ROWS + 1))

    def _start_cell(self, attributes: Attributes) -> None:
        if not self._is_wanted:
            return
        self._columns = int(attributes.get("table:number-columns-repeated", "1"))
        if attributes.get("calcext:value-type") == "error":
            self._error = ""
        elif attributes.get("office:value-type") == "percentage":
            self._mark(PER_CENT)
        elif "table:formula" in attributes and "office:value-type" not in attributes:
            self._mark(NOT_SAVED)
        columns = int(attributes.get("table:number-columns-spanned", "1"))
        rows = int(attributes.get("table:number-rows-spanned", "1"))
        if columns * rows > 1:
            first = f"{letters(self._column)}{self._row + 1}"
            last = f"{letters(self._column + columns - 1)}{self._row + rows}"
            self._merged[self._column] = f"{first}:{last}"

    def _mark(self, mark: str) -> None:
        for column in range(self._column, min(self._column + self._columns, COLUMNS)):
            self._in_row[column] = mark

    def text(self, text: str) -> None:
        if self._error is not None:
            self._error += text

    def end(self, name: str) -> None:
        if name in CELLS:
            if self._error is not None:
                self._mark(shows_error(self._error.strip()))
                self._error = None
            self._column += self._columns
        elif name == "table:table-row":
            if self._in_row:
                self.marks.cells.update(dict.fromkeys(self._repeated(), self._in_row))
            if self._merged:
                self.marks.merged.update(dict.fromkeys(self._repeated(), self._merged))
            self._row += self._rows
        elif name in GROUPS:
            self._closed_groups.pop()


CELLS: Final = frozenset({"table:table-cell", "table:covered-table-cell"})
GROUPS: Final = frozenset({"table:table-row-group", "table:table-column-group"})
