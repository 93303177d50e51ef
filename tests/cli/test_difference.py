from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import Result

from dispatch.app import App
from dispatch.database.tables import ContactRow
from dispatch.domain.mailout import MailoutState
from dispatch.register.store import register
from tests import steps
from tests.cli.conftest import Dispatch

HEADINGS = "authority,role,address,honorific,surname\n"
NEW_CHIEF = "OXO,chief executive,g.mitchell@oxo.example,Mr,Mitchell\n"
SAME = "ADU,chief executive,chief.executive@adu.example,Ms,Adeyemi\n"
LEADER = "ADU,leader,G.Mitchell@OXO.example,Cllr,Jones\n"


@pytest.fixture
def approved(app: App) -> None:
    steps.approved(app, "OXO", "ADU", "WOT")


def file_of(folder: Path, *rows: str) -> Path:
    path = folder / "contacts.csv"
    path.write_text(HEADINGS + "".join(rows))
    return path


def count(app: App) -> int:
    with app.sessions.read() as session:
        return session.query(ContactRow).count()


def words(result: Result) -> str:
    tables = [line for line in result.output.splitlines() if not line.endswith((".", "?"))]
    assert all(len(line) <= 80 for line in tables)
    return " ".join(result.output.split())


@pytest.mark.usefixtures("approved")
def test_the_difference_is_shown_before_anything_is_written(
    app: App, dispatch: Dispatch, tmp_path: Path
) -> None:
    file = file_of(tmp_path, NEW_CHIEF, SAME, LEADER)
    result = dispatch("contacts", "import", file, answer="n\n")
    said = words(result)
    assert "contacts.csv: 1 new, 1 changed, 0 ended, 1 unchanged." in said
    assert "Mr Mitchell" in said
    assert "honorific," in said
    assert "g.mitchell@oxo.example now serves ADU and OXO: is that right?" in said
    assert "1 others in these roles are not in the file and stay; --complete ends them." in said
    assert "annual-review-2020 would go back to draft" in said
    assert "Take it in? [y/N]" in said
    assert (result.exit_code, count(app)) == (1, 6)
    assert steps.state_of(app) is MailoutState.APPROVED


@pytest.mark.usefixtures("approved")
def test_what_was_shown_is_taken_in(app: App, dispatch: Dispatch, tmp_path: Path) -> None:
    file = file_of(tmp_path, NEW_CHIEF, SAME, LEADER)
    assert "It is taken in." in dispatch("contacts", "import", file, "--yes").output
    assert count(app) == 8
    assert steps.state_of(app) is MailoutState.DRAFT
    again = dispatch("contacts", "import", file)
    assert again.exit_code == 0
    assert "0 new, 0 changed, 0 ended, 3 unchanged." in again.output
    assert "Nothing was written." in again.output


@pytest.mark.usefixtures("approved")
def test_it_is_recorded_whose_word_a_file_is(app: App, dispatch: Dispatch, tmp_path: Path) -> None:
    file = file_of(tmp_path, NEW_CHIEF)
    assert dispatch("contacts", "import", file, "--yes", "--as", " Kim ").exit_code == 0
    actors = {each.actor for each in steps.events(app) if each.action.startswith("contact.")}
    assert actors == {"Kim"}


@pytest.mark.usefixtures("approved")
def test_a_dry_run_only_shows(app: App, dispatch: Dispatch, tmp_path: Path) -> None:
    result = dispatch("contacts", "import", file_of(tmp_path, NEW_CHIEF), "--dry-run")
    assert (result.exit_code, count(app)) == (0, 6)
    assert "Nothing was written." in result.output


@pytest.mark.usefixtures("approved")
def test_a_complete_file_ends_who_is_not_in_it_with_a_warning(
    app: App, dispatch: Dispatch, tmp_path: Path
) -> None:
    file = file_of(tmp_path, NEW_CHIEF, SAME)
    said = words(dispatch("contacts", "import", file, "--complete", "--yes"))
    assert "0 new, 1 changed, 1 ended, 1 unchanged." in said
    assert "Ended: out of post, and nobody comes after" in said
    assert "No chief executive is left to write to at WOT." in said
    with app.sessions.read() as session:
        in_post = register.contacts_in_post(session)
    assert ("WOT", "chief executive") not in in_post
    assert ("WOT", "link officer") in in_post


@pytest.mark.usefixtures("approved")
def test_a_program_reads_the_difference_as_json(
    app: App, dispatch: Dispatch, tmp_path: Path
) -> None:
    file = file_of(tmp_path, NEW_CHIEF, SAME, LEADER)
    assert dispatch("contacts", "import", file, "--json").exit_code == 2
    shown = json.loads(dispatch("contacts", "import", file, "--json", "--dry-run").output)
    [change] = shown["changed"]
    assert change["before"]["surname"] == "Adeyemi"
    assert change["after"]["address"] == "g.mitchell@oxo.example"
    assert change["fields"] == ["address", "honorific", "surname"]
    assert shown["shared"] == [{"address": "g.mitchell@oxo.example", "authorities": ["ADU", "OXO"]}]
    assert [each["authority"] for each in shown["staying"]] == ["WOT"]
    assert (shown["unchanged"], shown["reopened"], shown["taken_in"]) == (1, [steps.NAME], False)
    assert count(app) == 6
    done = json.loads(dispatch("contacts", "import", file, "--json", "--yes").output)
    assert done == {**shown, "taken_in": True}
    assert count(app) == 8


@pytest.mark.usefixtures("approved")
def test_two_people_in_one_post_keep_the_file_out(
    app: App, dispatch: Dispatch, tmp_path: Path
) -> None:
    file = file_of(tmp_path, NEW_CHIEF, SAME, NEW_CHIEF.replace("Mitchell", "Other"))
    result = dispatch("contacts", "import", file, "--yes")
    assert result.exit_code == 1
    assert "Mr Mitchell <g.mitchell@oxo.example> in row 2 and Mr Other" in result.output
    assert count(app) == 6


def test_of_many_new_contacts_the_first_are_listed(
    app: App, dispatch: Dispatch, tmp_path: Path
) -> None:
    codes = [f"A{number:02}" for number in range(21)]
    steps.planned(app, *codes)
    rows = (f"{code},leader,leader@{code.lower()}.example,,\n" for code in codes)
    said = words(dispatch("contacts", "import", file_of(tmp_path, *rows), "--dry-run"))
    assert "New, the first 20" in said
    assert "leader@a19.example" in said
    assert "leader@a20.example" not in said


@pytest.mark.usefixtures("approved")
def test_the_plain_import_takes_the_same_path_without_asking(
    app: App, dispatch: Dispatch, tmp_path: Path
) -> None:
    assert dispatch("import", "contacts", file_of(tmp_path, NEW_CHIEF)).exit_code == 0
    assert count(app) == 7
