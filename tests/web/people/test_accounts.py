from __future__ import annotations

from collections.abc import Callable

from dispatch.app import App
from dispatch.domain.mailout import MailoutState
from dispatch.domain.people.account import AccountRole
from dispatch.domain.word import Word
from dispatch.letters import render
from dispatch.mailouts.store import mailout_named
from dispatch.people.identity import identities
from tests import steps
from tests.people.office import joined
from tests.web.browser import Browser
from tests.web.people.conftest import SignIn


def test_letters_that_one_had_made_on_the_command_line_are_not_approved_on_a_page(
    app: App, opened: Callable[[], Browser], sign_in: SignIn
) -> None:
    steps.planned(app)
    with app.sessions.begin() as session:
        word = Word(person="amorgan", keyboard="amorgan", at=app.clock())
        render.ask(session, mailout_named(session, steps.NAME), app.templates, word)
    steps.render_wanted(app)
    with app.sessions.begin() as session:
        assert render.finish(session, steps.NAME, templates=app.templates, now=app.clock())
    alex = joined(app, AccountRole.APPROVER, "amorgan", name="Alex Morgan").account
    sam = joined(app, AccountRole.APPROVER).account
    with app.sessions.read() as session:
        assert identities(session).same(alex.name, "amorgan")
    own, other = sign_in(opened(), alex), sign_in(opened(), sam)
    address = f"/mailouts/{steps.NAME}/approval"
    agreed = other.fields(address)
    token = own.fields("/account")["csrf_token"]
    refused = own.client.post(address, data={**agreed, "csrf_token": token})
    assert refused.status_code == 409
    assert "amorgan had the letters" in refused.text
    assert steps.state_of(app) is MailoutState.RENDERED
    assert other.client.post(address, data=agreed).status_code == 302
    assert steps.state_of(app) is MailoutState.APPROVED
