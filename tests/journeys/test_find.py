"""Find an authority while typing, and without script by the Enter key."""

from __future__ import annotations

import pytest

from dispatch.app import App
from dispatch.domain.people.account import AccountRole
from dispatch.web.site import site
from tests import steps
from tests.journeys.sighted import chromium, needs_chromium, served, window
from tests.web.browser import an_account

pytestmark = [pytest.mark.slow, needs_chromium]


@pytest.mark.parametrize("has_script", [True, False])
def test_what_is_typed_finds_an_authority_and_keeps_the_focus(app: App, has_script: bool) -> None:
    steps.planned(app, "ADU", "OXO")
    complaints: list[str] = []
    pages = site(app, lambda: an_account(AccountRole.VIEWER))
    with (
        served(pages) as address,
        chromium() as browser,
        window(browser, has_script=has_script) as page,
    ):
        page.on("console", lambda message: complaints.append(message.text))
        page.goto(f"{address}/authorities")
        page.locator("#q").press_sequentially("oxf")
        if not has_script:
            page.keyboard.press("Enter")
        page.wait_for_url(
            f"{address}/authorities?q=oxf"
        )  # what was typed before may be found first
        page.locator("#found").get_by_text("1 authority").wait_for()
        assert page.locator("#found th a").all_inner_texts() == ["Oxford City Council"]
        assert page.locator("#q:focus").count() == has_script
    assert complaints == []
