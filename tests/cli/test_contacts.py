from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import Result

from dispatch.app import App
from dispatch.database.tables import ContactRow, Suppression
from dispatch.domain.mailout import MailoutState
from dispatch.domain.register.authority import Contact
from dispatch.register.store import contacts
from dispatch.register.store.contacts import current
from tests import steps
from tests.cli.conftest import Dispatch
from tests.factories import a_contact
from tests.fakes import FakeClock

ROLE = "chief-executive"


@pytest.fixture
def changed(app: App, dispatch: Dispatch, clock: FakeClock) -> None:
    """A post that changed hands on 20 July and was left empty on 22 July."""
    steps.planned(app)
    words = ("contacts", "set", "OXO", ROLE, "--address", "new@oxo.example")
    said = ("--as", "alex", "--because", "rang up", "--yes")
    assert dispatch(*words, "--name", "Mr Jo Mitchell", *said).exit_code == 0
    clock.advance(days=2)
    gone = ("--as", "kim", "--because", "has left", "--yes")
    assert dispatch("contacts", "end", "OXO", ROLE, *gone).exit_code == 0


@pytest.mark.usefixtures("changed")
def test_a_history_says_who_held_a_role_and_how_that_is_known(dispatch: Dispatch) -> None:
    output = dispatch("contacts", "show", "oxo").output
    words = " ".join(output.split())
    assert "Who held which role at OXO" in words
    for word in ("2020-01-01", "2020-07-20", "2020-07-22", "rang up", "ended:", "replaced by"):
        assert word in words
    assert "    Mr Jo Mitchell <new@oxo.example>" in output.splitlines()


@pytest.mark.usefixtures("changed")
@pytest.mark.parametrize(
    ("day", "addresses"),
    [
        ("2019-12-31", []),
        ("2020-07-19", ["chief.executive@oxo.example", "link.officer@oxo.example"]),
        ("20/07/2020", ["new@oxo.example", "link.officer@oxo.example"]),
        ("2020-07-21", ["new@oxo.example", "link.officer@oxo.example"]),
        ("2020-07-22", ["link.officer@oxo.example"]),
    ],
)
def test_who_held_which_role_on_a_day(dispatch: Dispatch, day: str, addresses: list[str]) -> None:
    rows = json.loads(dispatch("contacts", "show", "OXO", "--on", day, "--json").output)
    assert [row["contact"]["address"] for row in rows] == addresses


@pytest.mark.usefixtures("changed")
def test_a_history_for_a_program_has_each_change_with_its_origin(dispatch: Dispatch) -> None:
    before, after, _ = json.loads(dispatch("contacts", "show", "OXO", "--json").output)
    assert (before["from"], before["until"], before["brought"]) == (
        "2020-01-01",
        "2020-07-20",
        None,
    )
    assert before["replaced_by"] == after["contact"]
    assert after["contact"] == {
        "authority": "OXO",
        "role": "chief executive",
        "address": "new@oxo.example",
        "honorific": "Mr",
        "given_name": "Jo",
        "surname": "Mitchell",
        "job_title": None,
        "language": None,
        "postal_address": None,
    }
    assert (after["brought"]["by"], after["brought"]["because"]) == ("alex", "rang up")
    assert (after["ended"]["by"], after["ended"]["because"]) == ("kim", "has left")


def test_nobody_in_post_is_said_in_words(app: App, dispatch: Dispatch) -> None:
    steps.planned(app)
    output = dispatch("contacts", "show", "OXO", "--on", "2019-01-01").output
    assert output == "Nobody is known to have been in post at OXO on 1 January 2019.\n"


def test_what_is_no_day_and_no_authority_is_refused(app: App, dispatch: Dispatch) -> None:
    steps.planned(app)
    result = dispatch("contacts", "show", "OXO", "--on", "yesterday")
    assert result.exit_code == 2
    assert "is not a day; write it as 2020-07-22" in " ".join(result.output.split())
    result = dispatch("contacts", "show", "OXX")
    assert (result.exit_code, "no authority has the code 'OXX'" in result.output) == (1, True)


SAID = ("--as", "alex", "--because", "rang up")


def chief(app: App) -> Contact | None:
    with app.sessions.read() as session:
        return current(session).get(("OXO", "chief executive"))


def put(dispatch: Dispatch, *words: str, answer: str | None = "y\n") -> Result:
    address = () if "--address" in words else ("--address", "new@oxo.example")
    given = ("contacts", "set", "oxo", "Chief-Executive", *address, *words, *SAID)
    return dispatch(*given, answer=answer)


def test_a_change_is_shown_and_asked_about_first(app: App, dispatch: Dispatch) -> None:
    steps.planned(app)
    result = put(dispatch, "--name", "Mr Jo Mitchell", answer="n\n")
    words = " ".join(result.output.split())
    assert "The chief executive of OXO, from 20 July 2020 on" in words
    assert "until then Ms Adeyemi <chief.executive@oxo.example>" in words
    assert "from then on Mr Jo Mitchell <new@oxo.example>" in words
    assert result.exit_code == 3
    assert chief(app) == a_contact("OXO")
    result = put(dispatch, "--name", "Mr Jo Mitchell")
    assert "It is recorded. Nothing was sent: to resend a letter is a separate step." in (
        result.output
    )
    assert chief(app) == a_contact(
        "OXO", address="new@oxo.example", honorific="Mr", given_name="Jo", surname="Mitchell"
    )


def test_a_post_is_ended_with_a_warning(app: App, dispatch: Dispatch) -> None:
    steps.approved(app)
    result = dispatch("contacts", "end", "OXO", "chief executive", *SAID, "--yes")
    words = " ".join(result.output.split())
    assert "from then on nobody" in words
    assert "A mailout to the chief executive cannot write to OXO until somebody is set." in words
    assert "annual-review-2020 would go back to draft" in words
    assert chief(app) is None
    assert steps.state_of(app) is MailoutState.DRAFT
    result = put(dispatch, "--same-person")
    assert "there is no name to keep" in result.output


def test_what_may_be_a_slip_is_said(app: App, dispatch: Dispatch) -> None:
    steps.planned(app, "OXO", "ADU")
    key = "chief.executive@adu.example"
    with app.sessions.begin() as session:
        session.add(Suppression(address=key, reason="x", added_at=app.clock(), added_by="sam"))
    output = put(dispatch, "--address", key, answer="n\n").output
    assert "The address also serves ADU." in output
    assert "The address is suppressed" in output


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--address", "new@"), "is not an email address"),
        (("--surname", "李"), "the font of the letters cannot show"),
        (("--from", "2021-01-01"), "1 January 2021 is still to come"),
        (("--from", "2019-01-01"), "changed on 1 January 2020"),
    ],
)
def test_what_cannot_be_recorded_is_refused_with_the_rule(
    app: App, dispatch: Dispatch, words: tuple[str, ...], why: str
) -> None:
    steps.planned(app)
    result = put(dispatch, *words)
    assert (result.exit_code, why in result.output) == (1, True)
    assert chief(app) == a_contact("OXO")


def test_a_name_may_be_given_in_its_parts(app: App, dispatch: Dispatch) -> None:
    steps.planned(app)
    parts = ("--given-name", "Jo", "--surname", "Smith", "--job-title", "Town Clerk", "--yes")
    assert "Jo Smith, Town Clerk <new@oxo.example>" in put(dispatch, *parts, answer=None).output
    found = chief(app)
    assert found
    assert (found.honorific, found.given_name, found.surname) == (None, "Jo", "Smith")


def test_the_same_person_may_have_another_address(app: App, dispatch: Dispatch) -> None:
    steps.planned(app)
    assert put(dispatch, "--same-person").exit_code == 0
    assert chief(app) == a_contact("OXO", address="new@oxo.example")


def test_the_same_person_may_have_another_surname(app: App, dispatch: Dispatch) -> None:
    steps.planned(app)
    before = chief(app)
    assert before
    assert put(dispatch, "--same-person", "--surname", "Okafor").exit_code == 0
    assert chief(app) == replace(before, address="new@oxo.example", surname="Okafor")
    assert has_stayed(app, before)
    assert put(dispatch, "--surname", "Smith").exit_code == 0
    assert not has_stayed(app, before)


def has_stayed(app: App, before: Contact) -> bool:
    with app.sessions.read() as session:
        held = contacts.held(session, [before.role], [before.authority])
        return held.has_stayed(before, contacts.said_to_stay(session, [before.authority]))


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--name", "Mitchell"), "which part of 'Mitchell' is the surname"),
        (("--name", "Jo Smith", "--surname", "X"), "give either --name or the parts of it"),
        (("--from", "soon"), "is not a day"),
    ],
)
def test_what_cannot_be_meant_is_a_misunderstanding(
    app: App, dispatch: Dispatch, words: tuple[str, ...], why: str
) -> None:
    steps.planned(app)
    result = put(dispatch, *words)
    assert (result.exit_code, why in " ".join(result.output.split())) == (2, True)


def test_a_role_that_there_is_not_is_refused_with_those_there_are(
    app: App, dispatch: Dispatch
) -> None:
    steps.planned(app)
    result = dispatch("contacts", "end", "OXO", "mayor", *SAID)
    assert result.exit_code == 2
    assert "these are known: chief executive" in " ".join(result.output.split())


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
    assert "contacts.csv: 1 contact would be new, 1 changed, 0 ended, 1 as before." in said
    assert "Mr Mitchell" in said
    assert "honorific," in said
    assert "g.mitchell@oxo.example now serves ADU and OXO: is that right?" in said
    assert "1 other contact in these roles is not in the file, and will stay." in said
    assert "To end the contacts who are not in the file, give --complete." in said
    assert "annual-review-2020 would go back to draft" in said
    assert "Take it in? [y/N]" in said
    assert (result.exit_code, count(app)) == (3, 6)
    assert steps.state_of(app) is MailoutState.APPROVED


@pytest.mark.usefixtures("approved")
def test_what_was_shown_is_taken_in(app: App, dispatch: Dispatch, tmp_path: Path) -> None:
    file = file_of(tmp_path, NEW_CHIEF, SAME, LEADER)
    assert "changed, 0 ended, " in dispatch("contacts", "import", file, "--yes").output
    assert count(app) == 8
    assert steps.state_of(app) is MailoutState.DRAFT
    again = dispatch("contacts", "import", file)
    assert again.exit_code == 3
    assert "0 contacts would be new, 0 changed, 0 ended, 3 as before." in again.output
    assert "Nothing was written." in again.output


@pytest.mark.usefixtures("approved")
def test_it_is_recorded_whose_word_a_file_is(app: App, dispatch: Dispatch, tmp_path: Path) -> None:
    file = file_of(tmp_path, NEW_CHIEF)
    assert dispatch("contacts", "import", file, "--yes", "--as", " Kim ").exit_code == 0
    actors = {each.actor for each in steps.events(app) if each.action.startswith("contact.")}
    assert actors == {"Kim"}
    changes = [each for each in steps.events(app) if each.actor == "Kim"]
    typed = {each.action: each.detail.get("at_keyboard") for each in changes}
    assert typed["import.contacts"] == typed["contact.replaced"] == "sam"


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
    assert "0 contacts would be new, 1 changed, 1 ended, 1 as before." in said
    assert "Ended: out of post, and nobody comes after" in said
    assert "No chief executive is left to write to at WOT." in said
    with app.sessions.read() as session:
        in_post = current(session)
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
def test_either_spelling_of_the_command_does_the_same(
    app: App, dispatch: Dispatch, tmp_path: Path
) -> None:
    file = file_of(tmp_path, NEW_CHIEF, LEADER)
    one, other = (
        dispatch(*command, file, answer="n\n")
        for command in (("import", "contacts"), ("contacts", "import"))
    )
    assert (one.exit_code, one.output) == (other.exit_code, other.output)
    assert "Take it in? [y/N]: n" in one.output
    assert count(app) == 6


@pytest.mark.usefixtures("approved")
def test_a_script_without_a_terminal_is_not_asked(
    app: App, dispatch: Dispatch, tmp_path: Path
) -> None:
    result = dispatch("import", "contacts", file_of(tmp_path, NEW_CHIEF), "--because", "their list")
    assert "Take it in?" not in result.output
    assert count(app) == 7
    [event] = [each for each in steps.events(app) if each.action == "import.contacts"]
    assert event.detail["because"] == "their list"
