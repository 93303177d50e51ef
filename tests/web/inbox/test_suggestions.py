from __future__ import annotations

from uuid import UUID

import pytest
from sqlalchemy import select

from dispatch.app import App
from dispatch.database.tables import NoticeRow, Suggestion
from dispatch.domain.incoming.message import SuggestionState, Trust
from dispatch.domain.people.account import AccountRole
from tests import steps
from tests.fakes import FakeClock
from tests.notices import a_departure, came, knows, token
from tests.web.browser import Browser


@pytest.fixture
def place(app: App, clock: FakeClock) -> str:
    steps.released(app, clock, cc_roles=())
    steps.send_due(app)
    [delivery] = steps.deliveries_of(app).values()
    came(app, a_departure("jo@oxo.example", "Dr Jo Smith"), token(app, delivery))
    return f"/suggestions/{suggested(app).id}"


def suggested(app: App) -> Suggestion:
    with app.sessions.read() as session:
        return session.scalars(select(Suggestion)).one()


def test_a_suggestion_is_taken_up_and_leads_to_sending_again(
    app: App, browser: Browser, place: str
) -> None:
    assert "jo@oxo.example" in browser.get("/suggestions")
    shown = browser.get(place)
    for words in ("verified: it came to the return path", "Take up, and send again", "Dr Jo Smith"):
        assert words in shown
    done = browser.send(place, choice="accept", because="rang")
    assert done.status_code == 303
    assert done.location == f"/mailouts/{steps.NAME}/resend?authority=OXO"
    assert suggested(app).state is SuggestionState.ACCEPTED
    assert "Nobody is suggested" in browser.get("/suggestions")
    assert "accepted by Sam Okafor" in browser.get("/suggestions?shown=decided")
    assert '<form method="post" novalidate>' not in browser.get(place)


def test_a_suggestion_is_declined(app: App, browser: Browser, place: str) -> None:
    assert browser.send(place, choice="decline").location == "/suggestions"
    assert suggested(app).state is SuggestionState.DECLINED


def test_a_suggestion_that_does_something_else_by_now_is_shown_again(
    app: App, browser: Browser, place: str
) -> None:
    fields = browser.fields(place)
    with app.sessions.begin() as session:
        session.get_one(Suggestion, suggested(app).id).name = "Mr Jo Bloggs"
    answer = browser.client.post(place, data={**fields, "choice": "accept"})
    assert answer.status_code == 409
    assert "has changed since it was shown" in answer.text
    assert suggested(app).state is SuggestionState.OPEN


def test_one_whose_contact_has_changed_can_only_be_declined(
    app: App, browser: Browser, place: str
) -> None:
    steps.appointed(app, "OXO", "other@oxo.example")
    shown = browser.get(place)
    assert "now has another address" in shown
    assert "Take up" not in shown
    browser.send(place, choice="decline")
    assert suggested(app).state is SuggestionState.DECLINED


def test_what_nothing_proves_needs_two_people(
    app: App, browser: Browser, clock: FakeClock, visitors: list[AccountRole | None]
) -> None:
    steps.released(app, clock, cc_roles=())
    steps.send_due(app)
    [delivery] = steps.deliveries_of(app).values()
    came(app, a_departure("jo@oxo.example", clues=knows(app, delivery)))
    with app.sessions.begin() as session:
        session.scalars(select(NoticeRow)).one().trust = Trust.UNVERIFIED
    place = f"/suggestions/{suggested(app).id}"
    assert "two people must accept it" in browser.get(place)
    assert browser.send(place, choice="accept").location == place
    again = browser.send(place, choice="accept")
    assert again.status_code == 409
    visitors.append(AccountRole.APPROVER)
    assert "Sam Okafor is the first" in browser.get(place)
    browser.send(place, choice="accept")
    assert suggested(app).state is SuggestionState.ACCEPTED


def test_no_such_suggestion_is_a_page_that_says_so(browser: Browser) -> None:
    assert "no such suggestion" in browser.get(f"/suggestions/{UUID(int=1)}", 404)
