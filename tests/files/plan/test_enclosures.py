from __future__ import annotations

from pathlib import Path

import pytest

from dispatch.domain.digest import sha256
from dispatch.files.plan.enclosures import (
    LARGEST_ATTACHMENT,
    LARGEST_PARAGRAPH,
    Enclosures,
    read_attachments,
    read_bespoke,
)
from dispatch.files.tables.faults import Faults
from tests.files.tables.written import problems_of, xlsx_of

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def write(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def bespoke(folder: Path) -> dict[str, str]:
    faults = Faults("plan.toml")
    found = read_bespoke(folder, faults)
    faults.settle()
    return found


def attachments(folder: Path) -> Enclosures:
    faults = Faults("plan.toml")
    found = read_attachments(folder, faults)
    faults.settle()
    return found


def test_each_authority_has_its_paragraph(tmp_path: Path) -> None:
    write(tmp_path / "BIR.md", "\ufeffOne **service** stands out.\n".encode())
    write(tmp_path / "peak-district.md", b"Another.")
    write(tmp_path / ".DS_Store", b"\0")

    assert bespoke(tmp_path) == {
        "BIR": "One **service** stands out.",
        "peak-district": "Another.",
    }


@pytest.mark.parametrize(
    ("name", "content", "rule"),
    [
        ("BIR.txt", b"x", "is not the paragraph of an authority; name it CODE.md"),
        ("Birmingham.md", b"x", "is not the code of an authority: three capital letters"),
        ("BIR.md", b"\xff", "is not in UTF-8; save it as UTF-8"),
        ("BIR.md", b" \n", "has no text; write some or delete the file"),
        ("BIR.md", b"", "the file is empty"),
        ("BIR.md", b"x" * (LARGEST_PARAGRAPH + 1), "the file is larger than"),
    ],
)
def test_what_is_no_paragraph_is_refused(
    tmp_path: Path, name: str, content: bytes, rule: str
) -> None:
    write(tmp_path / name, content)

    [problem] = problems_of(lambda: bespoke(tmp_path))

    assert problem.startswith(f'plan.toml, bespoke: "{name}" {rule}')


def test_a_folder_that_cannot_be_looked_into_is_named(tmp_path: Path) -> None:
    [problem] = problems_of(lambda: bespoke(tmp_path / ("a" * 5000)))
    assert problem.endswith("cannot be looked into: File name too long")


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    [problem] = problems_of(lambda: bespoke(tmp_path / "nowhere"))
    assert problem.startswith(f'plan.toml, bespoke: "nowhere" is not there, as {tmp_path}/nowhere')


def test_each_authority_has_its_spreadsheets(tmp_path: Path) -> None:
    sheet = xlsx_of(["case"], ["1"])
    write(tmp_path / "BIR/decided.xlsx", sheet)
    write(tmp_path / "BIR/Cases of the year (final) \u2013 2020.CSV", b"case\n1\n")

    found = attachments(tmp_path)

    assert [(each.name, each.media_type) for each in found.attachments["BIR"]] == [
        ("Cases of the year (final) \u2013 2020.CSV", "text/csv"),
        ("decided.xlsx", XLSX),
    ]
    assert found.documents[sha256(sheet)] == (XLSX, sheet)


@pytest.mark.parametrize(
    ("name", "content", "rule"),
    [
        ("letter.pdf", b"%PDF", "is not one of .xlsx, .ods, .xls, .csv"),
        ("cases.xlsx", b"case\n1\n", "is not what its suffix .xlsx says; save it again"),
        ("cases.csv", b"", "the file is empty"),
        ("cases.csv", b"x" * (LARGEST_ATTACHMENT + 1), "the file is larger than 5 MB"),
        ("~$cases.xlsx", b"x", "is written by Office while the file is open"),
    ],
)
def test_what_is_no_spreadsheet_is_refused(
    tmp_path: Path, name: str, content: bytes, rule: str
) -> None:
    write(tmp_path / "BIR" / name, content)

    [problem] = problems_of(lambda: attachments(tmp_path))

    assert problem.startswith(f'plan.toml, attachments: "BIR/{name}" {rule}')


def test_an_authority_gets_three_files_at_most(tmp_path: Path) -> None:
    for n in range(4):
        write(tmp_path / f"BIR/{n}.csv", b"x")

    assert problems_of(lambda: attachments(tmp_path)) == (
        'plan.toml, attachments: "BIR" has 4 files; at most 3 are allowed',
    )


def test_a_file_beside_the_folders_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "BIR", b"x")
    write(tmp_path / "cases.csv", b"x")

    folder, file = problems_of(lambda: attachments(tmp_path))
    assert folder == (
        f'plan.toml, attachments: "BIR" is a file, and not a folder: {tmp_path / "BIR"}'
    )
    assert file == (
        'plan.toml, attachments: "cases.csv" is not the code of an authority: three capital '
        "letters, or a slug"
    )


def test_a_link_that_leads_out_is_not_followed(tmp_path: Path) -> None:
    secret = write(tmp_path / "elsewhere/secret.csv", b"x")
    folder = tmp_path / "attachments"
    (folder / "BIR").mkdir(parents=True)
    (folder / "BIR/cases.csv").symlink_to(secret)
    (folder / "OXO").symlink_to(secret.parent)

    assert problems_of(lambda: attachments(folder)) == (
        'plan.toml, attachments: "cases.csv" is a link that leads out of its folder',
        'plan.toml, attachments: "OXO" is a link that leads out of its folder',
    )


def test_a_link_that_stays_within_is_followed(tmp_path: Path) -> None:
    shared = write(tmp_path / "BIR/cases.csv", b"x")
    (tmp_path / "OXO").mkdir()
    (tmp_path / "OXO/cases.csv").symlink_to(shared)

    assert set(attachments(tmp_path).attachments) == {"BIR", "OXO"}
