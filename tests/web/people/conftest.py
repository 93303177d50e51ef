"""An office whose people have joined, and browsers in which they sign in."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from dispatch.app import App
from dispatch.domain.people.account import Account
from dispatch.web import visiting
from tests.people.office import PASSWORD, code_of
from tests.web.browser import Browser
from tests.web.pages import pages_of


@pytest.fixture
def office_pages(app: App, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """The pages, with real visits; telephones show the time of the office's clock."""
    monkeypatch.setattr(visiting, "machine_time", app.clock)
    return pages_of(app)


@pytest.fixture
def opened(office_pages: Flask) -> Callable[[], Browser]:
    """Opens a browser in which nobody has signed in."""
    return lambda: Browser(office_pages.test_client())


SignIn = Callable[[Browser, Account], Browser]


@pytest.fixture
def sign_in(app: App) -> SignIn:
    """Sign somebody in by the pages."""

    def enter(browser: Browser, account: Account) -> Browser:
        answer = browser.send("/sign-in", name=account.name, password=PASSWORD)
        if "/sign-in/code" in answer.text:
            code = code_of(app, account, app.clock())
            fields = browser.hidden(answer.text)
            answer = browser.client.post("/sign-in/code", data={**fields, "code": code})
        assert answer.status_code == 303, answer.text
        return browser

    return enter
