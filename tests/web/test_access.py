"""Who may use a page."""

from __future__ import annotations

import pytest
from flask import Flask

from dispatch.domain.people.account import AccountRole
from dispatch.web.access import DECLARED
from tests.web.browser import Browser


def test_every_route_says_who_may_use_it(pages: Flask) -> None:
    silent = [
        rule.endpoint
        for rule in pages.url_map.iter_rules()
        if not hasattr(pages.view_functions[rule.endpoint], DECLARED)
    ]
    assert silent == []


def test_a_route_that_declares_nobody_is_refused(pages: Flask, browser: Browser) -> None:
    pages.add_url_rule("/forgotten", view_func=lambda: "secret")
    assert "secret" not in browser.get("/forgotten", 403)


def test_nobody_sees_a_page_without_signing_in(
    browser: Browser, visitors: list[AccountRole | None]
) -> None:
    visitors.append(None)
    answer = browser.client.get("/mailouts?after=3")
    assert (answer.status_code, answer.location) == (302, "/sign-in?next=%2Fmailouts%3Fafter%3D3")


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_form_from_another_site_is_refused(browser: Browser, site: str) -> None:
    answer = browser.client.post("/mailouts", headers={"Sec-Fetch-Site": site})
    assert answer.status_code in {403, 405}


@pytest.mark.parametrize(
    "address", ["/mailouts/a%00b", "/mailouts?after=%00", "/mailouts?x=a&x=%00", "/authorities/%00"]
)
def test_an_address_with_a_nul_is_that_of_no_page(browser: Browser, address: str) -> None:
    browser.get(address, 404)
