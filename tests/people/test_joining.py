from __future__ import annotations

from datetime import timedelta

import pytest

from dispatch.app import App
from dispatch.database.tables import Invitation
from dispatch.domain.people.account import AccountRole
from dispatch.domain.people.signing_in import INVITED_FOR
from dispatch.people import joining
from dispatch.people.joining import Joined, NotJoined
from tests import steps
from tests.people.office import PASSWORD, caller, invited, joined, telephone_code

EDITOR, APPROVER = AccountRole.EDITOR, AccountRole.APPROVER
NOW = timedelta()


def join(
    app: App, code: str, password: str = PASSWORD, telephone: str = "", after: timedelta = NOW
) -> Joined | NotJoined:
    with app.sessions.begin() as session:
        return joining.join(session, code, password, telephone, caller(app, after))


def test_a_code_is_typed_in_once_and_soon(app: App) -> None:
    code = invited(app, EDITOR).code
    assert join(app, code, after=INVITED_FOR) is NotJoined.NOT_INVITED
    assert join(app, code[:-1]) is NotJoined.NOT_INVITED
    found = join(app, code.lower().replace("-", ""))
    assert isinstance(found, Joined)
    assert found.recovery_codes == ()
    assert join(app, code) is NotJoined.NOT_INVITED


@pytest.mark.parametrize("code", ["", "x", "0000-0000-0000-0000", "\ud800", "%"])
def test_a_made_up_code_invites_nobody(app: App, code: str) -> None:
    invited(app, EDITOR)
    assert join(app, code) is NotJoined.NOT_INVITED


def test_a_weak_password_uses_no_code_up(app: App) -> None:
    code = invited(app, EDITOR).code
    assert join(app, code, "password1234") is NotJoined.WEAK_PASSWORD
    assert isinstance(join(app, code), Joined)


def test_an_approver_joins_with_a_telephone(app: App) -> None:
    code = invited(app, APPROVER).code
    with app.sessions.begin() as session:
        found = joining.invited(session, code, caller(app))
    assert found
    assert found.needs_code
    assert join(app, code) is NotJoined.WRONG_CODE
    shown = telephone_code(found.secret, app.clock())
    made = join(app, code, telephone=shown)
    assert isinstance(made, Joined)
    assert len(made.recovery_codes) == 10


def test_what_is_recorded_holds_no_secret(app: App) -> None:
    made = joined(app, APPROVER)
    text = str(steps.events(app))
    assert not any(each in text for each in (PASSWORD, *made.recovery_codes))
    [event] = [each for each in steps.events(app) if each.action == "account.joined"]
    assert (event.actor, event.detail["how"]) == ("Sam Priestley", "password")


def test_one_person_of_the_offices_sign_in_has_one_account(app: App) -> None:
    issuer = "https://login.example"
    first, second = invited(app, EDITOR), invited(app, APPROVER)
    for each, is_joined in ((first, True), (second, False)):
        with app.sessions.begin() as session:
            known = joining.coded(session, each.code)
            found = joining.join_by_office(session, known, issuer, "7", caller(app))
        assert bool(found) is is_joined


def test_an_invitation_that_was_changed_in_the_database_invites_nobody(app: App) -> None:
    mine, theirs = invited(app, EDITOR), invited(app, APPROVER)
    with app.sessions.begin() as session:
        rows = {each.account_id: each for each in session.query(Invitation)}
        rows[mine.account.id].account_id = theirs.account.id
    assert join(app, mine.code) is NotJoined.NOT_INVITED
    assert join(app, theirs.code) is NotJoined.WRONG_CODE
