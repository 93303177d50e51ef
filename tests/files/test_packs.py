from __future__ import annotations

import re
import zipfile
from pathlib import Path

import pytest

from dispatch.domain.errors import BadInput
from dispatch.files import packs

FILES = {"README.txt": b"Read me.\n", "letters/1/letter.pdf": b"%PDF-"}


def test_a_pack_is_a_folder_or_an_archive_with_the_same_files(tmp_path: Path) -> None:
    packs.write(tmp_path / "pack", FILES)
    packs.write(tmp_path / "pack.ZIP", FILES)
    packs.write(tmp_path / "again.zip", FILES)
    for name, content in FILES.items():
        assert (tmp_path / "pack" / name).read_bytes() == content
    with zipfile.ZipFile(tmp_path / "pack.ZIP") as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == FILES
    assert (tmp_path / "pack.ZIP").read_bytes() == (tmp_path / "again.zip").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["again.zip", "pack", "pack.ZIP"]


def test_nothing_that_is_there_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "pack").mkdir()
    with pytest.raises(BadInput, match="pack: is there already: name a new folder"):
        packs.write(tmp_path / "pack", FILES)


def test_a_place_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    out = tmp_path / "away" / "pack"
    with pytest.raises(BadInput, match=f"{re.escape(str(out))}: cannot be written: No such file"):
        packs.write(out, FILES)


def test_a_missing_paper_is_named(tmp_path: Path) -> None:
    (tmp_path / "README.txt").write_bytes(b"Read me.")
    with pytest.raises(BadInput, match=r"verify\.py: No such file or directory: a pack needs it"):
        packs.fixed_files(tmp_path)
