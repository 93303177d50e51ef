from __future__ import annotations

from dataclasses import replace

import click
import pytest

from dispatch.app import App
from tests import steps
from tests.cli.conftest import Dispatch


@pytest.fixture(autouse=True)
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses that were opened, in the place of a browser."""
    found: list[str] = []
    monkeypatch.setattr(click, "launch", found.append)
    return found


def test_the_pages_are_opened_and_their_address_is_printed(
    dispatch: Dispatch, opened: list[str]
) -> None:
    assert dispatch("open").output == "http://127.0.0.1:8000\n"
    assert opened == ["http://127.0.0.1:8000"]


def test_the_pages_of_a_mailout_are_opened(app: App, dispatch: Dispatch, opened: list[str]) -> None:
    steps.planned(app)
    dispatch("open", steps.NAME)
    assert opened == [f"http://127.0.0.1:8000/mailouts/{steps.NAME}"]
    assert "no mailout is called 'no'" in dispatch("open", "no").output


def test_pages_without_an_address_cannot_be_opened(app: App, dispatch: Dispatch) -> None:
    settings = app.settings.model_copy(update={"web_listen": "off"})
    answer = dispatch("open", obj=replace(app, settings=settings))
    assert "DISPATCH_WEB_URL says where people reach them" in answer.output
