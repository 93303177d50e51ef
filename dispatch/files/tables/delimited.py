"""Read delimited text: comma, semicolon, tab or bar, in the encoding that the file proves."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from io import StringIO
from typing import Final

from dispatch.domain.errors import BadInput
from dispatch.files.tables import grid
from dispatch.files.tables.encoding import text_of
from dispatch.files.tables.grid import ROWS, Grid, Said

DELIMITERS: Final = ",;\t|"

NAMED_DELIMITER: Final = re.compile(
    r'\s*"?sep=(\\t|[^\w\s"]|\t)"?[,;\t|]*(?:\r\n|\r|\n|$)', re.IGNORECASE
)
"""Excel's own first line, which names the delimiter and is not a row of the table."""


SECONDS: Final = 60.0
"""Running time, and processor time, for one file of delimited text."""


def read_apart(name: str, content: bytes) -> Grid:
    """Return the same as `read`, in a child process. Raises as `read` does."""
    return grid.read_apart(name, content, f"{__name__}:answer", what="file", seconds=SECONDS)


def answer(content: bytes) -> Iterator[list[str] | Said]:
    """Yield each row and what to note of how they were read. Called in the child."""
    return grid.answer(lambda: _rows(content))


def _rows(content: bytes) -> Iterator[list[str] | Said]:
    found = read("", content)  # a message then begins with what follows the name
    yield from found.rows
    yield {"oddities": [], "notes": found.notes}


def read(name: str, content: bytes) -> Grid:
    """Return the cells of delimited text.

    Raises `BadInput` for content that is not text, for a quotation mark that is never closed, and
    for too many rows.
    """
    text, note = text_of(name, content)
    if named := NAMED_DELIMITER.match(text):
        delimiter = named[1].replace("\\t", "\t")
        text = text[named.end() :]
    else:
        delimiter = _delimiter(text)
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        return Grid(list(_within_limits(name, reader)), notes=(note,) if note else ())
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


def _delimiter(text: str) -> str:
    """Return the delimiter that is most frequent in the first line that is not blank."""
    header = next((line for line in StringIO(text, newline="") if line.strip()), "")
    return max(DELIMITERS, key=header.count)
