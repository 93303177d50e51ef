from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
from click.testing import Result

from dispatch.app import App
from dispatch.ledger import journal
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


TWO = f"{AUTHORITIES}ADU,Adur,Adur District Council,District Council\n"


def imported(dispatch: Dispatch, folder: Path, oxford: str, adur: str, *words: str) -> Result:
    """Import a chief executive of each of two authorities, of which nobody is known yet."""
    dispatch("import", "authorities", write(folder, "authorities.csv", TWO))
    rows = f"authority,role,address\nOXO,leader,{oxford}\nADU,leader,{adur}\n"
    return dispatch("import", "contacts", write(folder, "contacts.csv", rows), *words)


def test_addresses_that_changed_places_are_refused_with_whose_they_are(
    dispatch: Dispatch, tmp_path: Path
) -> None:
    swapped = "jo@adur.example", "al@oxford.example"
    for words in (("--yes",), ("--although", "we are sure")):
        result = imported(dispatch, tmp_path, *swapped, *words)
        assert result.exit_code == 1
        for line in (
            "address: authorities have each other's addresses",
            'row 2, address: "jo@adur.example" is for OXO (Oxford), and its domain is that of ADU',
            'row 3, address: "al@oxford.example" is for ADU (Adur), and its domain is that of OXO',
        ):
            assert line in " ".join(result.output.split())
    assert (
        "2 contacts would be new"
        in imported(dispatch, tmp_path, *reversed(swapped), "--dry-run").output
    )


@pytest.mark.parametrize(
    ("words", "answer", "exit_code"),
    [
        ((), None, 3),
        ((), "n\n", 3),
        ((), "y\n", 0),
        (("--yes",), None, 0),
        (("--although", "they share her"), None, 0),
    ],
)
def test_a_single_address_of_another_authority_must_be_confirmed(
    app: App,
    dispatch: Dispatch,
    tmp_path: Path,
    words: tuple[str, ...],
    answer: str | None,
    exit_code: int,
) -> None:
    run = partial(dispatch, answer=answer)
    result = imported(run, tmp_path, "jo@adur.example", "al@adur.example", *words)
    assert (result.exit_code, "an address of the domain of ADU" in result.output) == (
        exit_code,
        True,
    )
    again = imported(dispatch, tmp_path, "jo@adur.example", "al@adur.example")
    is_known = "Nothing was written.\n" in again.output
    assert is_known == (not exit_code)  # once it is registered
    with app.sessions.read() as session:
        said = [
            each.detail
            for each in journal.events(session)
            if each.action == "import.contacts" and "odd" in each.detail
        ]
    assert [(each["odd"], each.get("although")) for each in said] == (
        [] if exit_code else [("OXO", "they share her" if words[:1] == ("--although",) else None)]
    )
