"""Read delimited text: comma, semicolon or tab, in UTF-8 or Windows-1252."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from io import StringIO
from typing import Final

from dispatch.domain.errors import BadInput
from dispatch.files.tables.limits import ROWS

DELIMITERS: Final = ",;\t"

NOT_A_TABLE: Final = (
    "this is neither CSV nor a spreadsheet; save it as CSV (UTF-8) or as .xlsx and try again"
)


def read(name: str, content: bytes) -> list[list[str]]:
    """Return the cells of delimited text; a blank line is a row without cells.

    Raises `BadInput` for content that is not text, for a quotation mark that is never closed, and
    for too many rows.
    """
    text = _text(name, content)
    reader = csv.reader(StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    try:
        return list(_within_limits(name, reader))
    except csv.Error as error:
        raise BadInput(
            f"{name}, line {reader.line_num}: cannot be read as CSV ({error}); look there or "
            f"above for a quotation mark that is not closed"
        ) from None


def _within_limits(name: str, records: Iterator[list[str]]) -> Iterator[list[str]]:
    for number, record in enumerate(records):
        if number > ROWS:
            raise BadInput(f"{name}: more than {ROWS} rows, the most that is read; split the file")
        yield record


def _text(name: str, content: bytes) -> str:
    """Return the text: UTF-8, with or without a byte order mark, or else Windows-1252."""
    try:
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = content.decode("cp1252")
    except UnicodeDecodeError:
        raise BadInput(f"{name}: {NOT_A_TABLE}") from None
    if "\0" in text:
        raise BadInput(f"{name}: {NOT_A_TABLE}")
    return text


def _delimiter(text: str) -> str:
    """Return the delimiter that is most frequent in the first line that is not blank."""
    header = next((line for line in text.splitlines() if line.strip()), "")
    return max(DELIMITERS, key=header.count)
