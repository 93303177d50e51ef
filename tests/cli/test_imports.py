from __future__ import annotations

from pathlib import Path

from dispatch.app import App
from tests import steps
from tests.cli.conftest import Dispatch

AUTHORITIES = "code,name,official_name,group\nOXO,Oxford,Oxford City Council,District Council\n"
CONTACTS = "authority,role,address,honorific,surname\nOXO,chief executive,{},Mr,Mitchell\n"


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text)
    return path


def test_a_file_comes_in_and_is_counted(dispatch: Dispatch, tmp_path: Path) -> None:
    file = write(tmp_path, "authorities.csv", AUTHORITIES)
    result = dispatch("import", "authorities", file)
    assert result.exit_code == 0
    assert result.output.splitlines() == [
        "authorities.csv: 1 authority would be new, 0 changed, 0 as before.",
        "authorities.csv: 1 authority is new, 0 changed, 0 as before.",
    ]
    assert "1 as before" in dispatch("import", "authorities", file).output


def test_a_dry_run_writes_nothing(dispatch: Dispatch, tmp_path: Path) -> None:
    file = write(tmp_path, "authorities.csv", AUTHORITIES)
    assert "Nothing was written." in dispatch("import", "authorities", file, "--dry-run").output
    assert "1 authority would be new" in dispatch("import", "authorities", file).output


def test_what_is_wrong_is_said_with_file_row_column_and_rule(
    dispatch: Dispatch, tmp_path: Path
) -> None:
    dispatch("import", "authorities", write(tmp_path, "authorities.csv", AUTHORITIES))
    file = write(tmp_path, "contacts.csv", CONTACTS.format("chief.oxo.example"))
    result = dispatch("import", "contacts", file)
    assert result.exit_code == 1
    assert "contacts.csv, row 2" in result.output
    assert "address" in result.output
    assert "Traceback" not in result.output


def test_a_person_is_told_which_mailouts_an_import_reopens(
    app: App, dispatch: Dispatch, tmp_path: Path
) -> None:
    steps.approved(app)
    file = write(tmp_path, "contacts.csv", CONTACTS.format("chief@oxo.example"))
    result = dispatch("import", "contacts", file)
    assert "annual-review-2020 would go back to draft" in result.output


def test_a_kind_that_there_is_not_is_a_misunderstanding(dispatch: Dispatch) -> None:
    result = dispatch("import", "letters", "letters.csv")
    assert result.exit_code == 2
