"""Who gets a letter, and what is missing, on a page."""

from __future__ import annotations

import re
from datetime import date
from urllib.parse import unquote

import pytest
from sqlalchemy import delete

from dispatch.app import App
from dispatch.database.tables import AuthorityRow, ContactRow
from dispatch.domain.letter import LetterState
from dispatch.domain.people.account import AccountRole
from dispatch.tracking import readiness
from dispatch.web.plans import check
from tests import steps
from tests.factories import contact_in, register
from tests.web.browser import Browser

CHECK = f"/mailouts/{steps.NAME}/check"


def states(app: App) -> dict[str, LetterState]:
    return {code: each.state for code, each in steps.letters_of(app).items()}


def test_letters_are_made_as_they_were_shown(app: App, browser: Browser) -> None:
    steps.planned(app, "OXO", "ADU")
    shown = browser.get(CHECK)
    assert "2 letters to 4 recipients can be made" in shown
    assert "Have 2 letters made" in shown
    assert "Oxford (OXO)" in shown
    answer = browser.send(CHECK)
    assert (answer.status_code, answer.location) == (302, f"/mailouts/{steps.NAME}")
    assert set(states(app).values()) == {LetterState.WANTED}


def test_letters_are_not_made_if_something_has_changed_since(app: App, browser: Browser) -> None:
    steps.planned(app, "OXO", "ADU")
    form = browser.fields(CHECK)
    with app.sessions.begin() as session:
        contact_in(session, "OXO", "link officer").address = "other@oxo.example"
    answer = browser.client.post(CHECK, data=form)
    assert answer.status_code == 409
    assert "What this would do has changed since it was shown" in answer.text
    assert states(app) == {}


def test_each_obstacle_has_the_link_that_mends_it(app: App, browser: Browser) -> None:
    steps.planned(app, "OXO", upload_date=date(2020, 7, 25), constants={})
    with app.sessions.begin() as session:
        contact_in(session, "OXO", "chief executive").valid_until = date(2020, 7, 1)
    shown = browser.get(CHECK)
    assert "What stops letters" in shown
    assert 'href="/authorities/OXO"' in shown
    assert f'href="/mailouts/{steps.NAME}/plan/dates"' in shown
    assert f'href="/mailouts/{steps.NAME}/plan/facts"' in shown
    assert "letters made" not in shown
    assert browser.send(CHECK).status_code == 400


def test_a_viewer_sees_the_check_and_cannot_have_letters_made(
    app: App, browser: Browser, visitors: list[AccountRole | None]
) -> None:
    steps.planned(app, "OXO")
    form = browser.fields(CHECK)
    visitors.append(AccountRole.VIEWER)
    assert "Have 1 letter made" not in browser.get(CHECK)
    assert browser.client.post(CHECK, data=form).status_code == 403


def test_who_gets_a_letter_is_shown_by_fifty(app: App, browser: Browser) -> None:
    codes = [f"{a}{b}X" for a in "ABCDEFG" for b in "ABCDEFGH"]
    with app.sessions.begin() as session:
        register(session, *codes)
    steps.planned(app, "OXO")
    first = browser.get(CHECK)
    assert "(AAX)" in first
    assert "?after=GBX" in first
    assert "(AAX)" not in browser.get(f"{CHECK}?after=GBX")
    assert "(GCX)" in browser.get(f"{CHECK}?after=GBX")


@pytest.mark.parametrize("at_once", [0, check.AT_ONCE])
def test_no_letter_of_a_body_that_was_split_is_passed_over_between_two_pages(
    app: App, browser: Browser, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(check, "AT_ONCE", at_once)
    monkeypatch.setattr(check, "ROWS", 1)
    monkeypatch.setattr(readiness, "LOOKED_AT", 2)
    steps.planned(app, "SRY", "SRY-X", "ESU", "WSU")
    with app.sessions.begin() as session:
        row = session.get_one(AuthorityRow, "SRY")
        row.successors, row.last_day = ["WSU", "ESU"], date(2020, 3, 31)
        session.execute(delete(ContactRow).where(ContactRow.authority_code == "SRY"))
    place, found = CHECK, list[str]()
    while place:
        shown = browser.get(place)
        found += re.findall(r"\(([A-Z]{3}(?:[/-][A-Z]+)?)\)", shown)
        following = re.search(r"\?after=([^\"]+)", shown)
        place = f"{CHECK}?after={unquote(following[1])}" if following else ""
    assert found == ["ESU", "SRY/ESU", "SRY/WSU", "SRY-X", "WSU"]
