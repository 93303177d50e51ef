from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from dispatch.database import connect
from dispatch.domain.errors import BadInput
from dispatch.files import disk, load
from dispatch.files.disk import LARGEST_FILE, MEBIBYTE
from tests.conftest import COMPILED
from tests.files.tables.written import refusal_of


def test_a_file_is_its_name_and_its_bytes(tmp_path: Path) -> None:
    (tmp_path / "contacts.csv").write_bytes(b"a,b\n")

    assert load(tmp_path / "contacts.csv") == ("contacts.csv", b"a,b\n")


def test_a_missing_file_is_said_to_be_missing(tmp_path: Path) -> None:
    assert "there is no such file" in refusal_of(lambda: load(tmp_path / "contacts.csv"))


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    assert "this is not a file" in refusal_of(lambda: load(tmp_path))


def test_a_file_that_cannot_be_read_is_said_to_be_so(tmp_path: Path) -> None:
    too_long = tmp_path / ("x" * 300)

    assert "cannot be read: File name too long" in refusal_of(lambda: load(too_long))


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "contacts.csv").touch()

    with pytest.raises(BadInput, match=r"contacts\.csv: the file is empty"):
        load(tmp_path / "contacts.csv")


def test_a_file_of_50_mb_is_refused(tmp_path: Path) -> None:
    huge = tmp_path / "contacts.csv"
    with huge.open("wb") as file:
        file.truncate(50 * MEBIBYTE)

    with pytest.raises(BadInput, match="larger than 20 MB, the most that is read"):
        load(huge)


def test_a_file_just_as_large_as_may_be_is_read(tmp_path: Path) -> None:
    with (tmp_path / "large.csv").open("wb") as file:
        file.truncate(LARGEST_FILE)

    assert len(load(tmp_path / "large.csv")[1]) == LARGEST_FILE


def test_a_file_is_written_once(tmp_path: Path) -> None:
    disk.write_once(tmp_path / "key", b"first")
    disk.write_once(tmp_path / "key", b"second")
    assert (tmp_path / "key").read_bytes() == b"first"
    assert [path.name for path in tmp_path.iterdir()] == ["key"]


def test_nobody_else_reads_what_is_written_unless_that_is_asked_for(tmp_path: Path) -> None:
    disk.write_once(tmp_path / "key", b"secret")
    disk.write_once(tmp_path / "public", b"open", mode=0o644)
    disk.write(tmp_path / "port", b"25")
    modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    assert modes == {"key": 0o600, "public": 0o644, "port": 0o600}


@pytest.fixture
def lax_umask() -> Iterator[None]:
    """As on most machines: what is made is for everybody to read."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def test_what_is_handed_out_opened_or_made_is_for_its_owner_alone(
    tmp_path: Path, lax_umask: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(COMPILED, "sqlite", raising=False)  # what is shared opens no file as ours
    disk.private_folder(tmp_path / "folder")
    disk.hand_out(tmp_path / "letter.pdf", b"%PDF")
    disk.hand_out(tmp_path / "checkpoint", b"signed", mode=0o644)
    with open(tmp_path / "log", "w", opener=disk.private) as log:
        log.write("said")
    connect(f"sqlite:///{tmp_path / 'given.db'}").dispose()
    with connect(f"sqlite:///{tmp_path / 'given.db'}").read() as session:
        session.connection()
    modes = {path.name: oct(path.stat().st_mode & 0o777) for path in tmp_path.iterdir()}
    assert modes.pop("checkpoint") == "0o644"
    assert modes.pop("folder") == "0o700"
    assert {"letter.pdf", "log", "given.db"} <= modes.keys()
    assert modes == dict.fromkeys(modes, "0o600")


def test_what_is_handed_out_to_a_device_goes_through_it_and_leaves_it() -> None:
    disk.hand_out(Path("/dev/null"), b"%PDF")
    assert Path("/dev/null").is_char_device()


WRITES = re.compile(
    r"\.write_(bytes|text)\(|\bopen\([^)]*[\"'](w|a|x|wb|ab|xb|a\+|w\+)[\"'](?!.*opener=disk)"
)


def test_files_are_written_in_one_place() -> None:
    root = Path(disk.__file__).parents[1]
    found = {
        path.relative_to(root).as_posix()
        for path in root.rglob("*.py")
        if WRITES.search(path.read_text())
    }
    # The catcher is below `files`, and makes its messages private by itself.
    assert found == {"files/disk.py", "mail/catcher.py"}


def test_a_file_is_replaced_as_a_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "backup"
    disk.write(path, b"before")

    def break_off() -> None:
        with disk.replacing(path) as file:
            file.write(b"half of it")
            raise ValueError("the rest is not there")

    with pytest.raises(ValueError, match="the rest"):
        break_off()
    assert path.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [path]
    disk.write(path, b"after")
    assert path.read_bytes() == b"after"


def test_what_is_written_is_on_the_disk_before_its_name_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []

    def fsync(descriptor: int) -> None:
        is_folder = stat.S_ISDIR(os.fstat(descriptor).st_mode)
        steps.append(f"{'folder' if is_folder else 'file'}, {(tmp_path / 'it').exists()}")

    monkeypatch.setattr(os, "fsync", fsync)
    disk.write(tmp_path / "it", b"content")
    (tmp_path / "it").unlink()
    disk.write_once(tmp_path / "it", b"content")
    assert steps == ["file, False", "folder, True"] * 2


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        disk.write_once(tmp_path / "nowhere" / "key", b"secret")


@pytest.fixture(params=["nameless", "hidden"])
def kind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """A disk that has files without a name, and one that has not."""
    if request.param == "hidden":
        monkeypatch.delattr(os, "O_TMPFILE")
    return str(request.param)


def test_a_copy_that_a_killed_writer_leaves_is_cleared_and_one_being_written_stays(
    tmp_path: Path, kind: str
) -> None:
    for path in (tmp_path / ".dispatch-left.part", tmp_path / ".dispatch-folder.part/letter.pdf"):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"names and addresses")
    with disk.replacing(tmp_path / "backup") as file, disk.new_folder(tmp_path / "pack"):
        file.write(b"content")
        being_written = {path.name for path in tmp_path.iterdir()}
        assert len(being_written) == {"nameless": 1, "hidden": 2}[kind]
        assert disk.clear(tmp_path) == []
    assert {path.name for path in tmp_path.iterdir()} == {"backup", "pack"}


@pytest.mark.parametrize("name", ["x" * 255, "ü" * 127, ".hidden", "a b?c#d%41"])
def test_a_file_may_have_any_name_that_the_disk_takes(tmp_path: Path, kind: str, name: str) -> None:
    disk.write_once(tmp_path / name, b"content")
    disk.write(tmp_path / name, b"other content")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {name: b"other content"}


@pytest.mark.parametrize(
    ("name", "days", "stays"),
    [
        (".all.gz.k3_9xq0z", 2, False),
        (".all.gz.k3_9xq0z", 0, True),
        (".all.gz.notes", 2, True),
        (".other.gz.k3_9xq0z", 2, True),
        ("all.gz.k3_9xq0z", 2, True),
    ],
)
def test_what_an_older_release_left_beside_a_file_is_cleared_after_a_day(
    tmp_path: Path, name: str, days: int, stays: bool
) -> None:
    (tmp_path / "all.gz").touch()
    left = tmp_path / name
    left.touch()
    at = left.stat().st_mtime - days * 86_400
    os.utime(left, (at, at))
    disk.write(tmp_path / "all.gz", b"new")
    assert left.exists() == stays


def test_a_folder_gets_its_name_whole_or_not_at_all(tmp_path: Path) -> None:
    def break_off() -> None:
        with disk.new_folder(tmp_path / "pack") as made:
            (made / "letter.pdf").write_bytes(b"half of it")
            raise OSError("the disk is full")

    with pytest.raises(OSError, match="disk is full"):
        break_off()
    assert list(tmp_path.iterdir()) == []
