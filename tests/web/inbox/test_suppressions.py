from __future__ import annotations

import pytest

from dispatch.app import App
from dispatch.domain.people.account import AccountRole
from dispatch.register.store.suppressions import suppression_of
from dispatch.register.suppressions import lift, suppress
from tests.factories import a_word
from tests.web.browser import Browser

ADDRESS = "jo@oxo.example"


@pytest.fixture
def place(app: App) -> str:
    with app.sessions.begin() as session:
        suppress(session, ADDRESS, a_word(app.clock(), because="<i>asked</i> \u202e{{7*7}}"))
        row = suppression_of(session, ADDRESS)
        assert row
        return f"/suppressions/{row.id}"


def test_a_suppression_is_lifted_with_a_reason(app: App, browser: Browser, place: str) -> None:
    assert place in browser.get("/suppressions")
    assert "&lt;i&gt;asked&lt;/i&gt;" in browser.get(place)
    assert "Give a reason" in browser.send(place, because=" ").text
    assert browser.send(place, because="they rang").location == "/suppressions"
    assert "No address is suppressed" in browser.get("/suppressions")
    assert "they rang" in browser.get("/suppressions?shown=all")
    assert "lifted already" in browser.get(place)


def test_one_that_is_lifted_meanwhile_is_said_to_be(app: App, browser: Browser, place: str) -> None:
    fields = browser.fields(place)
    with app.sessions.begin() as session:
        lift(session, ADDRESS, a_word(app.clock(), because="rang"))
    answer = browser.client.post(place, data={**fields, "because": "x"})
    assert (answer.status_code, "lifted already" in answer.text) == (409, True)
    with app.sessions.begin() as session:
        suppress(session, ADDRESS, a_word(app.clock(), because="again"))
        row = suppression_of(session, ADDRESS)
        assert row
        other = f"/suppressions/{row.id}"
    answer = browser.client.post(other, data={**fields, "because": "x"})
    assert (answer.status_code, "has changed since" in answer.text) == (409, True)


def test_a_viewer_sees_them_and_cannot_lift_any(
    browser: Browser, place: str, visitors: list[AccountRole | None]
) -> None:
    visitors.append(AccountRole.VIEWER)
    assert place not in browser.get("/suppressions")
    browser.get(place, 403)
