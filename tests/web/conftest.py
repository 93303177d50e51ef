"""An office's pages, and a browser that has signed in to them."""

from __future__ import annotations

import pytest
from flask import Flask

from dispatch.app import App
from dispatch.domain.people.account import AccountRole
from tests.web.browser import Browser, an_account
from tests.web.pages import pages_of


@pytest.fixture
def visitors() -> list[AccountRole | None]:
    """The role of who has signed in, last; None for nobody."""
    return [AccountRole.EDITOR]


@pytest.fixture
def pages(app: App, visitors: list[AccountRole | None]) -> Flask:
    """The pages of the office."""

    def visitor() -> object:
        role = visitors[-1]
        return role and an_account(role)

    return pages_of(app, visitor)  # type: ignore[arg-type] # an account, or None


@pytest.fixture
def browser(pages: Flask) -> Browser:
    """A browser in which an editor has signed in."""
    return Browser(pages.test_client())
