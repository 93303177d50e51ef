from __future__ import annotations

import gzip
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from dispatch.domain.errors import BadInput, RuleBroken
from dispatch.files import dumps
from dispatch.files.dumps import Dump, note_text
from tests.dumps import packed

BEGIN = {"table": "event", "columns": ["id", "actor"]}
EVENT = [1, "sam"]


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dumps, "LONGEST_LINE", 1000)
    monkeypatch.setattr(dumps, "MOST_VALUES", 100)


@pytest.mark.parametrize(
    ("lines", "tables", "why"),
    [
        ([b"[" * 500], {}, "more than 100 values"),
        ([b" " * 2_000], {}, "longer than"),
        ([b"not JSON"], {}, "at line 2"),
        ([b"\xff"], {}, "at line 2"),
        ([5], {}, "at line 2"),
        ([{"columns": []}], {}, "at line 2"),
        ([EVENT], {"event": 1}, "not as many values as its table has columns"),
        ([BEGIN], {}, "header has no such table"),
        ([{"table": "evil", "columns": ["a"]}], {"event": 1}, "header has no such table"),
        ([BEGIN, EVENT, BEGIN], {"event": 1}, r"at line 4 \(the table event begins twice"),
        ([{**BEGIN, "columns": ["id", "id"]}], {"event": 1}, "names a column twice"),
        ([{**BEGIN, "columns": 5}], {"event": 1}, "at line 2"),
        ([BEGIN, [1]], {"event": 1}, "not as many values"),
        ([BEGIN, EVENT, EVENT], {"event": 1}, "more rows than its header says"),
        ([BEGIN], {"event": 1}, "rows are missing"),
        ([BEGIN, b"[1, NaN]"], {"event": 1}, "NaN is not a number"),
        ([BEGIN, b"[1, Infinity]"], {"event": 1}, "Infinity is not a number"),
        ([BEGIN, b"[" + b"9" * 5_000 + b"]"], {"event": 1}, "line 3"),
        ([], {"event": -1}, "at line 1"),
        ([], {"event": "many"}, "at line 1"),
        ([], ["event"], "at line 1"),
    ],
)
def test_a_line_that_is_not_a_backups_is_named(
    tmp_path: Path, short: None, lines: list[object], tables: object, why: str
) -> None:
    path = packed(tmp_path / "b.gz", *lines, tables=tables)
    with pytest.raises(BadInput, match=why) as refused:
        Dump(path).check()
    said = str(refused.value)
    assert said.startswith(f"{path} is not a backup, or is damaged or cut off, at line ")
    assert "\n" not in said


@pytest.mark.parametrize(
    "header",
    [
        {"taken_at": "2020-07-22T09:00:00"},
        {"taken_at": 5},
        {"revision": 5},
        {"version": None},
        {"more": 1},
        {"format": "another"},
    ],
)
def test_another_header_is_refused(tmp_path: Path, header: dict[str, object]) -> None:
    path = packed(tmp_path / "b.gz", **{"revision": "0011", **header})  # type: ignore[arg-type]
    for read in (Dump(path).check, Dump(path).header):
        with pytest.raises(BadInput, match="at line 1"):
            read()


def test_nesting_is_refused_and_does_not_end_the_program(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="at line 2"):
        Dump(packed(tmp_path / "b.gz", b"[" * 200_000)).check()


def folder(path: Path) -> None:
    path.mkdir()


def pipe(path: Path) -> None:
    os.mkfifo(path)


def nothing(_: Path) -> None:
    pass


@pytest.mark.parametrize("make", [folder, pipe, nothing])
def test_what_is_not_a_file_is_not_read(tmp_path: Path, make: Callable[[Path], None]) -> None:
    make(tmp_path / "b.gz")
    with pytest.raises(BadInput, match=r"b\.gz is not a file"):
        Dump(tmp_path / "b.gz").check()


def test_a_file_that_may_not_be_read_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    path = packed(tmp_path / "b.gz")
    monkeypatch.setattr(gzip, "open", refuse)
    with pytest.raises(BadInput, match="cannot be read: Permission denied"):
        Dump(path).header()


def test_a_file_that_changes_between_two_readings_is_refused(tmp_path: Path) -> None:
    path = packed(tmp_path / "b.gz", BEGIN, EVENT, tables={"event": 1})
    found = Dump(path).check()
    assert len([*Dump(path, found.digest).rows()]) == 1
    packed(path, BEGIN, [1, "kim"], tables={"event": 1})
    with pytest.raises(BadInput, match="changed while it was read"):
        list(Dump(path, found.digest).rows())


def test_the_note_at_its_end_is_about_its_lines(tmp_path: Path) -> None:
    path = packed(tmp_path / "plain.gz", BEGIN, EVENT, tables={"event": 1})
    values = map(json.loads, gzip.decompress(path.read_bytes()).splitlines()[:-1])
    with (tmp_path / "signed.gz").open("wb") as file:
        dumps.write(file, values, lambda text: f"signed: {text}")
    found = Dump(tmp_path / "signed.gz").check()
    assert found.note == f"signed: {note_text(found.digest)}"
    assert Dump(path).check().note == ""


def test_a_row_that_could_not_be_restored_is_not_backed_up(tmp_path: Path, short: None) -> None:
    with (tmp_path / "b.gz").open("wb") as file, pytest.raises(RuleBroken, match="longer than"):
        dumps.write(file, ["x" * 2_000], None)
