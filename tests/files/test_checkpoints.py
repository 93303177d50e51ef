from __future__ import annotations

from pathlib import Path

import pytest

from dispatch.domain.errors import BadInput
from dispatch.domain.proof.checkpoint import PublicKey
from dispatch.files import checkpoints

KEY = PublicKey("o.example", bytes(32))


def test_a_checkpoint_is_written_whole_and_never_over_another(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    assert checkpoints.files(folder) == []
    first = checkpoints.keep(folder, 9, "nine")
    checkpoints.keep(folder, 10, "ten")
    assert checkpoints.keep(folder, 9, "another") == first
    assert [path.read_text() for path in checkpoints.files(folder)] == ["nine", "ten"]
    assert len(list(folder.iterdir())) == 2


def test_a_folder_that_is_none_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInput, match=r"no checkpoint can be stored in .*file: "):
        checkpoints.keep(tmp_path / "file", 1, "one")


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"c\.txt cannot be read: No such file"):
        checkpoints.read(tmp_path / "c.txt", KEY)
    (tmp_path / "c.txt").write_text("hello")
    with pytest.raises(BadInput, match=r"^c\.txt is not a checkpoint"):
        checkpoints.read(tmp_path / "c.txt", KEY)
