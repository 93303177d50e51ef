"""Read from an XLSX file what its cells' values do not say: what is hidden, formulas, formats.

The library that reads the values keeps this to itself. The elements are in ECMA-376, part 1,
section 18.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import IO, Final
from zipfile import ZipFile

from dispatch.files.tables.grid import COLUMNS
from dispatch.files.tables.marks import (
    NOT_SAVED,
    PER_CENT,
    Attributes,
    Marks,
    is_true,
    is_zero,
    local,
    number_format,
    parse,
    shows_error,
)

BOOK: Final = "xl/workbook.xml"

BUILT_IN_PER_CENT: Final = {"9": PER_CENT, "10": PER_CENT}
"""The number formats 0% and 0.00%, which need no code in the file."""

REFERENCE: Final = re.compile(r"([A-Z]+)([0-9]+)")


def marks(archive: ZipFile, sheet: str) -> Marks:
    """Return the marks of the sheet with a name. Raises an error if the file is damaged."""
    names = {each.casefold(): each for each in archive.namelist()}
    book = _Book()
    with _part(archive, names, BOOK) as part:
        parse(part, book.start)
    targets: dict[str, str] = {}

    def relation(_: str, attributes: Attributes) -> None:
        if "Id" in attributes:
            targets[attributes["Id"]] = attributes.get("Target", "")

    with _part(archive, names, "xl/_rels/workbook.xml.rels") as part:
        parse(part, relation)
    reader = _Sheet(_styles(archive, names), is_uncalculated=book.is_uncalculated)
    with _part(archive, names, posixpath.join("xl", targets[book.sheets[sheet]])) as part:
        parse(part, reader.start, reader.end, reader.text)
    return reader.marks


@contextmanager
def _part(archive: ZipFile, names: Mapping[str, str], path: str) -> Iterator[IO[bytes]]:
    plain = posixpath.normpath(path).lstrip("/").casefold()
    with archive.open(names[plain]) as part:
        yield part


class _Book:
    """The sheets of a workbook: the relation of each, by name."""

    def __init__(self) -> None:
        self.sheets: dict[str, str] = {}
        self.is_uncalculated = False
        """Whether a program wrote it that works nothing out, and leaves that to Excel."""

    def start(self, name: str, attributes: Attributes) -> None:
        match local(name):
            case "sheet":
                relation = next(value for key, value in attributes.items() if key.endswith(":id"))
                self.sheets[attributes["name"]] = relation
            case "calcPr":
                self.is_uncalculated = is_true(attributes.get("fullCalcOnLoad"))


def _styles(archive: ZipFile, names: Mapping[str, str]) -> dict[str, str]:
    """Return the mark of each style whose number format changes what is seen."""
    if "xl/styles.xml" not in names:
        return {}
    reader = _Styles()
    with _part(archive, names, "xl/styles.xml") as part:
        parse(part, reader.start, reader.end)
    return reader.marks


class _Styles:
    def __init__(self) -> None:
        self.marks: dict[str, str] = {}
        self._formats = dict(BUILT_IN_PER_CENT)
        self._is_of_cells = False
        self._count = 0

    def start(self, name: str, attributes: Attributes) -> None:
        match local(name):
            case "numFmt" if mark := number_format(attributes["formatCode"]):
                self._formats[attributes["numFmtId"]] = mark
            case "numFmt":
                self._formats.pop(attributes["numFmtId"], None)
            case "cellXfs":
                self._is_of_cells = True
            case "xf" if self._is_of_cells:
                if mark := self._formats.get(attributes.get("numFmtId", "")):
                    self.marks[str(self._count)] = mark
                self._count += 1

    def end(self, name: str) -> None:
        if local(name) == "cellXfs":
            self._is_of_cells = False


class _Sheet:
    """Reads one sheet: called for each element, so it does little for most of them."""

    def __init__(self, styles: Mapping[str, str], *, is_uncalculated: bool) -> None:
        self.marks = Marks()
        self._styles = styles
        self._is_uncalculated = is_uncalculated
        self._row = -1
        self._column = -1
        self._cell: Attributes = {}
        self._has_formula = False
        self._value: str | None = None
        self._is_value = False

    def start(self, name: str, attributes: Attributes) -> None:
        if ":" in name:
            name = local(name)
        if name == "c":
            self._cell = attributes
            self._has_formula = False
            self._value = None
            self._column = _column(attributes["r"]) if "r" in attributes else self._column + 1
        elif name == "v":
            self._value = ""
            self._is_value = True
        elif name == "f":
            self._has_formula = True
        elif name == "row":
            self._start_row(attributes)
        elif name not in OF_TEXT:
            self._start_other(name, attributes)

    def _start_row(self, attributes: Attributes) -> None:
        self._row = int(attributes["r"]) - 1 if "r" in attributes else self._row + 1
        self._column = -1
        if is_true(attributes.get("hidden")) or is_zero(attributes.get("ht")):
            self.marks.hidden_rows.add(self._row)

    def _start_other(self, name: str, attributes: Attributes) -> None:
        match name:
            case "col" if is_true(attributes.get("hidden")) or is_zero(attributes.get("width")):
                first, last = int(attributes["min"]) - 1, min(int(attributes["max"]), COLUMNS)
                self.marks.hidden_columns.update(range(first, last))
            case "filterColumn":
                self.marks.is_filtered = True
            case "sheetPr":
                self.marks.is_filtered = is_true(attributes.get("filterMode"))
            case "mergeCell" if found := REFERENCE.match(attributes["ref"]):
                row, column = int(found[2]) - 1, _column(found[0])
                self.marks.merged.setdefault(row, {})[column] = attributes["ref"]

    def text(self, text: str) -> None:
        if self._is_value:
            self._value = f"{self._value}{text}"

    def end(self, name: str) -> None:
        if ":" in name:
            name = local(name)
        if name == "v":
            self._is_value = False
        elif name == "c" and (mark := self._mark()):
            self.marks.cells.setdefault(self._row, {})[self._column] = mark

    def _mark(self) -> str | None:
        """Return the mark of the cell that ends."""
        kind = self._cell.get("t")
        if kind == "e":
            return shows_error(self._value or "")
        if self._has_formula and self._is_not_saved(kind):
            return NOT_SAVED
        if self._value and kind in {None, "n"}:
            return self._styles.get(self._cell.get("s", ""))
        return None

    def _is_not_saved(self, kind: str | None) -> bool:
        """Whether a formula has no value of its own.

        One whose result is an empty text has an empty value. Programs that cannot work formulas
        out write none, or nought, and say that all is to be worked out when it is opened.
        """
        if self._value in {None, ""}:
            return self._value is None or kind != "str"
        return self._is_uncalculated and self._value == "0"


OF_TEXT: Final = frozenset({"is", "t", "r", "rPr"})
"""Elements of text in a cell, which are many."""


def _column(reference: str) -> int:
    """Return the column of a reference such as C12, counted from 0."""
    column = 0
    for each in reference:
        if not each.isalpha():
            break
        column = column * 26 + ord(each) - ord("A") + 1
    return column - 1
