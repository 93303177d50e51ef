"""People of an office, who have joined it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import pyotp

from dispatch.app import App
from dispatch.domain.people.account import Account, AccountRole
from dispatch.domain.people.signing_in import Visit
from dispatch.domain.word import Word
from dispatch.people import accounts, codes, joining, sign_in, visits
from dispatch.people.joining import Joined
from dispatch.people.store import accounts as stored
from dispatch.people.visits import Caller
from tests.conftest import KEY

PASSWORD: Final = "four plain words here"  # noqa: S105 - of nobody who exists
NAMES: Final = {
    AccountRole.VIEWER: "Vera Lindqvist",
    AccountRole.EDITOR: "Alex Morgan",
    AccountRole.APPROVER: "Sam Priestley",
    AccountRole.ADMIN: "Kim Achebe",
}


def caller(app: App, after: timedelta = timedelta(), browser: str = "Firefox") -> Caller:
    """Who is at a page now, or some time after; telephones show the same time."""
    at = app.clock() + after
    return Caller(at=at, machine_at=at, browser=browser)


def word(app: App, because: str = "a new colleague") -> Word:
    return Word(person="root", keyboard="root", because=because, at=app.clock())


def telephone_code(secret: str, at: datetime) -> str:
    """What a telephone shows."""
    return pyotp.TOTP(secret).at(at)


def code_of(app: App, account: Account, at: datetime) -> str:
    """The code that the telephone of an account shows."""
    with app.sessions.read() as session:
        row = next(each for each in stored.every(session) if each.id == account.id)
        assert row.code_seed
        secret = codes.secret_of(KEY, row.id, row.code_seed)
    return telephone_code(secret, at)


def invited(app: App, role: AccountRole, *also: str, name: str = "") -> accounts.Invitee:
    with app.sessions.begin() as session:
        return accounts.invite(session, name or NAMES[role], role, also, word(app))


def joined(app: App, role: AccountRole, *also: str, name: str = "") -> Joined:
    """Somebody who has typed in their code and set everything up."""
    code = invited(app, role, *also, name=name).code
    here = caller(app, timedelta(minutes=-5))  # else the telephone's code would be used up
    here = Caller(at=app.clock(), machine_at=here.machine_at)
    with app.sessions.begin() as session:
        found = joining.invited(session, code, here)
        assert found
        shown = telephone_code(found.secret, here.machine_at)
        made = joining.join(session, code, PASSWORD, shown, here)
    assert isinstance(made, Joined)
    return made


def signed_in(app: App, account: Account, after: timedelta = timedelta()) -> str:
    """What the cookie of somebody holds who has just signed in."""
    here = caller(app, after)
    with app.sessions.begin() as session:
        entry = sign_in.enter(session, account.name, PASSWORD, here)
    if entry.outcome is sign_in.Outcome.NEEDS_CODE:
        assert entry.secret
        shown = code_of(app, account, here.machine_at)
        with app.sessions.begin() as session:
            entry = sign_in.enter_code(session, entry.secret, shown, here)
    assert entry.outcome is sign_in.Outcome.ENTERED
    assert entry.secret
    return entry.secret


def visit(app: App, secret: str, after: timedelta = timedelta()) -> Visit | None:
    with app.sessions.read() as session:
        return visits.visit_of(session, secret, app.clock() + after)
