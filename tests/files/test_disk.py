from __future__ import annotations

from pathlib import Path

import pytest

from dispatch.domain.errors import BadInput
from dispatch.files import load
from dispatch.files.disk import LARGEST_FILE, MEBIBYTE
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
