from __future__ import annotations

import io
import zipfile

import pytest

from dispatch.domain.errors import BadInput
from dispatch.files.plan import bundle
from dispatch.files.plan.bundle import read_bundle, zipped
from dispatch.files.plan.written import toml
from tests.factories import a_plan

PLAN = toml(a_plan())


def test_a_plan_alone_and_one_in_a_folder_of_an_archive_are_read() -> None:
    folder = {
        "plans/annual.toml": PLAN,
        "plans/.hidden": b"x",
        "__MACOSX/plans/annual.toml": b"x",
    }
    assert read_bundle("annual.toml", PLAN).plan == a_plan()
    assert read_bundle("plans.zip", zipped(folder.items())).plan == a_plan()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "the file is empty"),
        (b"name = ", "cannot be read as TOML"),
        (b"%PDF-1.7", "cannot be read as TOML"),
        (b"\0" * 100, "cannot be read as TOML"),
        (b"PK\x03\x04 and nothing more", "this ZIP file cannot be read"),
        (zipped([("a.md", b"x")]), "there is no plan in it"),
        (zipped([("a.toml", PLAN), ("b.toml", PLAN)]), r"there is 2 files that end in \.toml"),
        (zipped([("../a.toml", PLAN)]), "names a file outside of itself"),
        (zipped([("/etc/a.toml", PLAN)]), "names a file outside of itself"),
        (zipped([("a.toml", PLAN), ("a.toml/b", b"x")]), "this ZIP file cannot be read"),
        (zipped((f"{n}.md", b"x") for n in range(2_001)), "it has 2001 files"),
    ],
)
def test_what_is_not_a_plan_is_refused_in_one_sentence(content: bytes, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        read_bundle("upload.zip", content)


def test_an_archive_that_unpacks_to_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle, "LARGEST_WHOLE", 1000)
    bomb = zipped([("a.toml", PLAN[:10]), ("b.csv", b"0" * 1_000_000)])
    assert len(bomb) < 3000
    with pytest.raises(BadInput, match="too large when it is unpacked"):
        read_bundle("bomb.zip", bomb)


def test_an_encrypted_archive_is_refused() -> None:
    made = bytearray(zipped([("a.toml", PLAN)]))
    made[6] |= 1  # the flag in the local header, and in the directory
    made[zipfile.ZipFile(io.BytesIO(made)).start_dir + 8] |= 1
    with pytest.raises(BadInput, match="cannot be read"):
        read_bundle("secret.zip", bytes(made))
