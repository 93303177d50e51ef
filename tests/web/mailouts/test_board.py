"""The list of mailouts, and the board of one."""

from __future__ import annotations

from sqlalchemy import select

from dispatch.app import App
from dispatch.database.tables import Letter
from dispatch.domain.letter import LetterState
from tests import steps
from tests.web.browser import Browser


def test_an_office_without_mailouts_is_told_so(browser: Browser) -> None:
    assert "There are no mailouts yet." in browser.get("/mailouts")


def test_every_mailout_is_listed_with_its_state(app: App, browser: Browser) -> None:
    steps.rendered(app, "OXO", "ADU")
    shown = browser.get("/mailouts")
    assert f'href="/mailouts/{steps.NAME}"' in shown
    assert "rendered" in shown


def test_the_board_says_where_a_mailout_stands(app: App, browser: Browser) -> None:
    steps.rendered(app, "OXO", "ADU")
    assert "2 rendered" in browser.get(f"/mailouts/{steps.NAME}")


def test_while_letters_are_made_the_board_says_how_far_they_are(app: App, browser: Browser) -> None:
    board = f"/mailouts/{steps.NAME}"
    steps.planned(app, "OXO", "ADU")
    assert "Have the letters made</a>" in browser.get(board)
    browser.send(f"{board}/check")
    shown = browser.get(board)
    assert "Workers are making its letters." in shown
    assert "About 0 % of 2 letters are made." in shown
    assert 'hx-trigger="tick"' in shown
    assert "Have the letters made</a>" not in shown
    steps.render_wanted(app)
    assert "About 100 % of 2 letters are made." in browser.get(board)
    steps.tick(app)
    shown = browser.get(board)
    assert 'hx-trigger="tick"' not in shown
    assert shown.count("Approve the letters, as another person</a>") == 1


def test_letters_that_could_not_be_made_are_named(app: App, browser: Browser) -> None:
    board = f"/mailouts/{steps.NAME}"
    steps.planned(app, "OXO", "ADU")
    browser.send(f"{board}/check")
    with app.sessions.begin() as session:
        letter = session.scalars(select(Letter).where(Letter.authority_code == "OXO")).one()
        letter.state, letter.error = LetterState.FAILED, "a picture is missing"
    steps.render_wanted(app)
    steps.tick(app)
    shown = browser.get(board)
    assert "1 letter could not be made." in shown
    assert "See why: they are on top of the letters" in shown
    assert 'hx-trigger="tick"' not in shown


def test_a_mailout_that_there_is_not_is_a_page_that_says_so(browser: Browser) -> None:
    assert "No mailout is called" in browser.get("/mailouts/none", 404)
