"""The list of mailouts, and the board of one."""

from __future__ import annotations

from dispatch.app import App
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


def test_a_mailout_that_there_is_not_is_a_page_that_says_so(browser: Browser) -> None:
    assert "No mailout is called" in browser.get("/mailouts/none", 404)
