from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from dispatch.app import App
from dispatch.cli.output import show
from dispatch.letters import render
from dispatch.mailouts.store import mailout_named
from dispatch.people import joining
from dispatch.people.visits import Caller
from tests import steps
from tests.cli.conftest import Dispatch
from tests.people.office import PASSWORD

CODE = re.compile(r"^    (\w{4}(?:-\w{4}){3})$", re.MULTILINE)


def test_a_person_is_added_listed_changed_and_ended(app: App, dispatch: Dispatch) -> None:
    assert dispatch("user", "list").output.startswith("Nobody has an account. Add one:")
    added = dispatch("user", "add", "Alex Morgan", "--role", "editor", "--also", "sam").output
    [code] = CODE.findall(added)
    assert "at /join of the pages" in added
    with app.sessions.begin() as session:
        caller = Caller(at=app.clock(), machine_at=app.clock())
        assert joining.join(session, code, PASSWORD, "", caller)
    [listed] = json.loads(dispatch("user", "list", "--json").output)
    assert [listed[each] for each in ("name", "role", "other_names", "state")] == [
        *("Alex Morgan", "editor", ["sam"], "joined")
    ]
    changed = dispatch("user", "change", "sam", "--role", "approver", "--also", "am").output
    assert "Alex Morgan has the role approver, also sam, am.\n" in changed
    assert CODE.search(changed)
    assert dispatch("user", "change", "am", "--not-also", "am").exit_code == 0
    assert dispatch("user", "change", "am", "--role", "viewer").exit_code == 1
    assert CODE.search(dispatch("user", "new-code", "Alex Morgan").output)
    assert "1 account\n" in dispatch("user", "list").output
    assert dispatch("user", "end", "Alex Morgan", "--because", "left", "--yes").exit_code == 0
    assert dispatch("user", "list", "--json").output == "[]\n"
    assert "ended" in dispatch("user", "list", "--all").output
    assert {each.actor for each in steps.events(app, f"account:{listed['id']}")} == {
        *("sam", "Alex Morgan")
    }


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("change", "sam"), "say what to change"),
        (
            ("change", "kim", "--role", "admin"),
            "nobody has an account under the name kim Run: dispatch user list",
        ),
        (("change", "sam", "--not-also", "kim"), "kim is not one of the other names"),
        (("add", "SAM", "--role", "admin"), "SAM may be read as a name of Alex Morgan"),
        (("end", "sam", "--because", "left", "--yes"), "Alex Morgan is the last administrator"),
    ],
)
def test_what_cannot_be_done_is_said(
    app: App, dispatch: Dispatch, words: tuple[str, ...], says: str
) -> None:
    dispatch("user", "add", "Alex Morgan", "--role", "admin", "--also", "sam")
    refused = dispatch("user", *words)
    assert refused.exit_code in {1, 2}
    assert says in " ".join(refused.output.split())


def test_a_token_is_shown_once_listed_and_ended(app: App, dispatch: Dispatch) -> None:
    assert dispatch("token", "make", "board", "--scope", "mailouts").exit_code == 1
    dispatch("user", "add", "Alex Morgan", "--role", "editor", "--also", "sam")
    made = dispatch("token", "make", "board", "--scope", "mailouts", "--scope", "events")
    text = made.stdout.strip()
    assert text.startswith("dispatch_")
    listed = dispatch("token", "list").output
    assert "1 token\n" in listed
    assert text not in listed
    [shown] = json.loads(dispatch("token", "list", "--json").output)
    assert (shown["owner"], shown["scopes"]) == ("Alex Morgan", ["events", "mailouts"])
    assert dispatch("token", "end", shown["id"][:8]).output == "The token board has ended.\n"
    assert dispatch("token", "list").output == "There is no token.\n"


ALEX = ("Alex Morgan", "amorgan", "sam")
KIM = ("Kim Achebe", "kim")


def rendered_by(app: App) -> None:
    """Have the letters made as the user at the keyboard asks `mailout render` for."""
    with app.sessions.begin() as session:
        mailout = mailout_named(session, steps.NAME, is_locked=True)
        render.ask(session, mailout, app.templates, show.word(app))
    steps.render_wanted(app)
    with app.sessions.begin() as session:
        assert render.finish(session, steps.NAME, templates=app.templates, now=app.clock())


@pytest.mark.parametrize("asks", ALEX + KIM)
def test_nobody_approves_their_own_letters_under_any_of_their_names(
    app: App, dispatch: Dispatch, asks: str
) -> None:
    steps.planned(app)
    for name, *others in (ALEX, KIM):
        also = [word for each in others for word in ("--also", each)]
        dispatch("user", "add", name, "--role", "approver", *also)
    by = replace(app, person=asks)
    rendered_by(by)
    own, second = (ALEX, "kim") if asks in ALEX else (KIM, "amorgan")
    for approves in own:
        done = dispatch("mailout", "approve", steps.NAME, "--as", approves, "--yes", obj=by)
        assert done.exit_code == 4
        assert "somebody else must approve them" in " ".join(done.output.split())
    done = dispatch("mailout", "approve", steps.NAME, "--as", second, "--yes", obj=by)
    assert done.exit_code == 0, done.output


def test_what_was_asked_for_before_there_were_accounts_is_still_ones_own(
    app: App, dispatch: Dispatch
) -> None:
    steps.planned(app)
    rendered_by(replace(app, person="root"))
    dispatch("user", "add", "Alex Morgan", "--role", "approver", "--also", "sam", "--also", "root")
    for name in ("Alex Morgan", "sam", "root"):
        refused = dispatch("mailout", "approve", steps.NAME, "--as", name, "--yes")
        assert "names of one person, by their account, and root had the letters" in " ".join(
            refused.output.split()
        )


def test_once_there_are_accounts_everybody_needs_one(app: App, dispatch: Dispatch) -> None:
    steps.rendered(app)
    assert dispatch("user", "add", "Alex Morgan", "--role", "approver").exit_code == 0
    stranger = dispatch("mailout", "approve", steps.NAME, "--as", "Priya Shah", "--yes")
    assert stranger.exit_code == 1
    assert "nobody has an account under the name Priya Shah Run: dispatch user list" in " ".join(
        stranger.output.split()
    )
    user = dispatch("mailout", "schedule", steps.NAME, "--yes")
    assert user.exit_code == 1
    assert "dispatch user change NAME --also sam" in user.output
    assert dispatch("mailout", "list").exit_code == 0
    assert dispatch("user", "change", "Alex Morgan", "--also", "sam").exit_code == 0
    approved = dispatch("mailout", "approve", steps.NAME, "--as", "alex morgan", "--yes")
    assert "names of one person" in " ".join(approved.output.split())


def test_a_name_is_recorded_as_the_account_has_it(app: App, dispatch: Dispatch) -> None:
    dispatch("user", "add", "Alex Morgan", "--role", "approver", "--also", "sam")
    said = ("--as", "SAM", "--because", "they asked")
    assert dispatch("suppression", "add", "a@oxo.example", *said).exit_code == 0
    [event] = [each for each in steps.events(app) if each.action == "address.suppressed"]
    assert (event.actor, event.detail["at_keyboard"]) == ("Alex Morgan", "sam")
