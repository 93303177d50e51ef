from __future__ import annotations

import pytest

from dispatch.app import App
from dispatch.database import Session
from dispatch.domain.people.account import AccountRole
from dispatch.domain.register.authority import Contact
from dispatch.register.store import contacts
from dispatch.register.suppressions import suppress
from tests import steps
from tests.factories import a_word
from tests.web.browser import Browser

PLACE = "/authorities/OXO/contacts/chief-executive"
NEW = {"honorific": "Ms", "surname": "Mitchell", "address": "new@oxo.example", "because": "rang"}


def chief(app: App) -> Contact | None:
    def of(session: Session) -> Contact | None:
        return contacts.current(session).get(("OXO", "chief executive"))

    with app.sessions.read() as session:
        return of(session)


def test_a_contact_is_replaced_as_it_was_shown(app: App, browser: Browser) -> None:
    steps.approved(app)
    shown = browser.send(PLACE, step="check", **NEW)
    assert shown.status_code == 200
    for words in (
        "Ms Mitchell",
        "Dear Ms Mitchell",
        "would go back to draft",
    ):
        assert words in shown.text
    digest = browser.hidden(shown.text)["digest"]
    done = browser.send(PLACE, step="record", digest=digest, **NEW)
    assert (done.status_code, done.location) == (303, "/authorities/OXO")
    after = chief(app)
    assert after
    assert (after.address, after.surname) == ("new@oxo.example", "Mitchell")
    assert "is recorded. Nothing was sent." in browser.get("/authorities/OXO")


def test_what_has_changed_meanwhile_is_shown_again_and_not_recorded(
    app: App, browser: Browser
) -> None:
    steps.planned(app)
    digest = browser.hidden(browser.send(PLACE, step="check", **NEW).text)["digest"]
    steps.appointed(app, "OXO", "other@oxo.example")
    again = browser.send(PLACE, step="record", digest=digest, **NEW)
    assert again.status_code == 409
    assert "has changed since it was shown" in again.text
    assert "other@oxo.example" in again.text
    before = chief(app)
    assert before
    assert before.address == "other@oxo.example"


def test_what_may_be_a_slip_is_said_before(app: App, browser: Browser) -> None:
    steps.planned(app, "ADU", "OXO")
    with app.sessions.begin() as session:
        suppress(session, "chief.executive@adu.example", a_word(app.clock(), because="asked"))
    typed = {**NEW, "address": "chief.executive@adu.example"}
    shown = browser.send(PLACE, step="check", **typed).text
    assert "The address also serves ADU." in shown
    assert "The address is suppressed" in shown


@pytest.mark.parametrize(
    ("typed", "status", "words"),
    [
        ({"address": "jo at x"}, 400, "is not an email address"),
        ({"address": ""}, 400, "Enter an email address"),
        ({"because": " "}, 400, "Say how that is known"),
        ({"since": "2031-01-01"}, 409, "still to come"),
        ({"surname": "\u202eX"}, 400, "invisible character U+202E"),
        ({"surname": "x" * 500}, 400, "characters"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(
    app: App, browser: Browser, typed: dict[str, str], status: int, words: str
) -> None:
    steps.planned(app)
    answer = browser.send(PLACE, step="check", **{**NEW, **typed})
    assert answer.status_code == status
    assert words in answer.text
    assert "new@oxo.example" in answer.text or "address" in typed


def test_a_role_is_left_empty(app: App, browser: Browser) -> None:
    steps.planned(app)
    shown = browser.send(f"{PLACE}/end", step="check", because="has left")
    assert "cannot write to OXO until somebody is set" in shown.text
    digest = browser.hidden(shown.text)["digest"]
    browser.send(f"{PLACE}/end", step="record", digest=digest, because="has left")
    assert chief(app) is None
    assert "Nobody is in post" in browser.get(PLACE)


def test_a_viewer_sees_who_is_in_post_and_cannot_change_it(
    app: App, browser: Browser, visitors: list[AccountRole | None]
) -> None:
    steps.planned(app)
    visitors.append(AccountRole.VIEWER)
    shown = browser.get(PLACE)
    assert "Adeyemi" in shown
    assert '<form method="post" novalidate>' not in shown
    assert browser.client.post(PLACE, data=NEW).status_code in {400, 403}
    browser.get("/authorities/OXO/contacts/mayor", 404)
