"""The file of a backup: gzipped JSON, one value a line, signed at its end, and read within bounds.

First the header; for each table its name and columns, then a line for each row; at the end the
SHA-256 of all lines before, with a signature over it. So `zcat` shows it, it is written and read a
row at a time, and damage, a missing end or a change by somebody else is noticed.

The signature is in the file, so that no copy comes without it: a signed note (c2sp.org/signed-note)
by the key that signs checkpoints.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from gzip import GzipFile
from pathlib import Path
from typing import IO, Any, Final, Self

from dispatch.domain.errors import BadInput, RuleBroken
from dispatch.files.disk import MEBIBYTE

FORMAT: Final = "dispatch dump 1"

LEVEL: Final = 1
"""Of gzip's nine: PDFs are compressed already, so that more time saves next to nothing."""

LONGEST_LINE: Final = 128 * MEBIBYTE
"""Octets of a row. A message that came in may have 50 MiB, which are 67 in base64, and what was
read out of it takes less than as much again."""

MOST_VALUES: Final = 1_000_000
"""Values of a row, as its commas and brackets count them: each takes a hundred octets of memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The first line of a dump."""

    revision: str
    """The migration that its tables had."""
    version: str
    """The version of dispatch that wrote it."""
    taken_at: datetime
    """Everything that was committed before this moment is in it."""
    tables: Mapping[str, int]
    """How many rows each table has, by name, in the order in which they must be filled."""

    @property
    def rows(self) -> int:
        return sum(self.tables.values())

    def line(self) -> dict[str, object]:
        """Return the line that begins a dump."""
        taken_at = self.taken_at.isoformat()
        return {"format": FORMAT} | asdict(self) | {"taken_at": taken_at}

    @classmethod
    def from_line(cls, line: bytes) -> Self:
        """Read that line. Raises what Python raises for another one."""
        values = _value(line)
        if values.pop("format") != FORMAT:
            raise _Damage("it is of another format")
        taken_at = datetime.fromisoformat(values.pop("taken_at"))
        header = cls(taken_at=taken_at, **values)
        words = (header.revision, header.version, *header.tables)
        if taken_at.tzinfo is None or not all(isinstance(each, str) for each in words):
            raise _Damage("it is not a header")
        if not all(type(each) is int and each >= 0 for each in header.tables.values()):
            raise _Damage("it does not count rows")
        return header


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table, and the line of the dump that it is in."""

    line: int
    table: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Checked:
    """What a dump was found to be when it was read to its end."""

    header: Header
    digest: str
    """The SHA-256 of its lines, which the note is about."""
    note: str
    """The signed note at its end; empty if there is none."""


def note_text(digest: str) -> str:
    """Return the text that is signed for a dump; no checkpoint begins with these words."""
    return f"dispatch backup\n{digest}\n"


def write(file: IO[bytes], values: Iterable[object], sign: Callable[[str], str] | None) -> None:
    """Write the header and what follows it, and its end; `sign` makes a note out of a text.

    Raises `RuleBroken` for a row that is too long to be restored.
    """
    digest = hashlib.sha256()
    with gzip.GzipFile("", "wb", LEVEL, file, mtime=0) as packed:
        for value in values:
            line = _line(value)
            if why := _excess(line):
                raise RuleBroken(f"a row cannot be backed up: {why}")
            digest.update(line)
            packed.write(line)
        end = {"sha256": digest.hexdigest()}
        packed.write(_line(end | ({"note": sign(note_text(end["sha256"]))} if sign else {})))


def _line(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode() + b"\n"


def _excess(line: bytes) -> str | None:
    """Return what a line has too much of, or None."""
    if len(line) > LONGEST_LINE:
        return f"it is longer than {LONGEST_LINE // MEBIBYTE} MB"
    if sum(map(line.count, (b",", b"[", b"{"))) > MOST_VALUES:
        return f"it has more than {MOST_VALUES:,} values"
    return None


def _value(line: bytes) -> Any:  # noqa: ANN401 - any JSON
    """Return the value of a line. NaN and infinity are not JSON, whatever Python says."""
    return json.loads(line, parse_constant=_refuse_constant)


def _refuse_constant(constant: str) -> None:
    raise _Damage(f"{constant} is not a number")


class _Damage(ValueError):
    """What is wrong with a line, in words."""


@dataclass(frozen=True, slots=True)
class Dump:
    """A file that holds a dump."""

    path: Path
    digest: str | None = None
    """What its lines must have, so that it is the same file each time; None at the first time."""

    def header(self) -> Header:
        """Return its header. Raises `BadInput` if the file is not a dump."""
        reading = _Reading()
        with self._opened(reading) as file:
            return Header.from_line(next(reading.lines(file), b""))

    def check(self) -> Checked:
        """Read it to its end. Raises `BadInput` if it is not a dump, damaged or cut off."""
        reading = _Reading()
        with self._opened(reading) as file:
            for _ in reading.rows(file):
                pass
            return self._checked(reading)

    def rows(self) -> Iterator[Row]:
        """Yield each row with the name of its table. Raises as `check`."""
        reading = _Reading()
        with self._opened(reading) as file:
            yield from reading.rows(file)
            self._checked(reading)

    def _checked(self, reading: _Reading) -> Checked:
        if reading.header is None or self.digest not in {None, reading.digest.hexdigest()}:
            raise _Damage("it was changed while it was read")
        return Checked(reading.header, reading.digest.hexdigest(), reading.note)

    @contextmanager
    def _opened(self, reading: _Reading) -> Iterator[GzipFile]:
        """Open it, and say what is wrong with it and where. A pipe may never end: it is refused."""
        try:
            if not self.path.is_file():
                raise BadInput(f"{self.path} is not a file: name the file of the backup itself")
            with gzip.open(self.path) as file:
                yield file
        except OSError as error:
            if error.errno:
                raise BadInput(f"{self.path} cannot be read: {error.strerror}") from error
            raise self._damaged(reading, error) from error
        except DAMAGE as error:
            raise self._damaged(reading, error) from error

    def _damaged(self, reading: _Reading, error: Exception) -> BadInput:
        why = f" ({error})" if isinstance(error, _Damage) else ""
        return BadInput(
            f"{self.path} is not a backup, or is damaged or cut off, at line {reading.line or 1}"
            f"{why}: nothing is restored from it; use another one"
        )


DAMAGE: Final = (
    *(EOFError, zlib.error, ValueError, LookupError, TypeError, AttributeError),
    RecursionError,  # of JSON that is nested thousands of times
)
"""What Python raises when it reads what is not a dump."""


@dataclass(slots=True)
class _Reading:
    """How far a dump has been read."""

    line: int = 0
    header: Header | None = None
    digest: Any = field(default_factory=hashlib.sha256)
    counts: dict[str, int] = field(default_factory=dict)
    table: str = ""
    columns: list[str] = field(default_factory=list)
    note: str = ""

    def lines(self, file: GzipFile) -> Iterator[bytes]:
        """Yield each line, of which never more than the longest is read."""
        while line := file.readline(LONGEST_LINE + 1):
            self.line += 1
            if why := _excess(line):
                raise _Damage(why)
            yield line

    def rows(self, file: GzipFile) -> Iterator[Row]:
        """Yield each row, up to an end that matches. Raises what `DAMAGE` names, or `OSError`."""
        lines = self.lines(file)
        first = next(lines, b"")
        self.header = Header.from_line(first)
        self.digest.update(first)
        for line in lines:
            value = _value(line)
            if isinstance(value, list):
                yield self._row(value)
            elif "sha256" in value:
                self._end(value)
                break
            else:
                self._begin(value)
            self.digest.update(line)
        else:
            raise EOFError
        if file.read(1):
            raise _Damage("more follows its end")

    def _begin(self, value: dict[str, Any]) -> None:
        """Take the line that begins a table."""
        self.table, self.columns = value["table"], value["columns"]
        if self.table not in self._expected:
            raise _Damage("its header has no such table")
        if self.table in self.counts:
            raise _Damage(f"the table {self.table} begins twice")
        if len({*map(str, self.columns)}) != len(self.columns):
            raise _Damage("it names a column twice")
        self.counts[self.table] = 0

    def _row(self, value: list[Any]) -> Row:
        if len(value) != len(self.columns):
            raise _Damage("it has not as many values as its table has columns")
        self.counts[self.table] += 1
        if self.counts[self.table] > self._expected[self.table]:
            raise _Damage(f"the table {self.table} has more rows than its header says")
        return Row(self.line, self.table, dict(zip(self.columns, value, strict=True)))

    def _end(self, value: dict[str, Any]) -> None:
        if {**dict.fromkeys(self._expected, 0), **self.counts} != self._expected:
            raise _Damage("tables or rows are missing")
        if value["sha256"] != self.digest.hexdigest():
            raise _Damage("its lines are not those that were written")
        self.note = str(value.get("note", ""))

    @property
    def _expected(self) -> Mapping[str, int]:
        return self.header.tables if self.header else {}
