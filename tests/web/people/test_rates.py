from __future__ import annotations

from flask import Flask

from dispatch.web.access import DECLARED
from tests.web.browser import Browser


def test_one_address_may_not_try_codes_without_end(pages: Flask, browser: Browser) -> None:
    fields = browser.fields("/join")
    tries = [
        browser.client.post("/join", data={**fields, "code": str(each)}).status_code
        for each in range(31)
    ]
    assert tries == [*[400] * 30, 429]
    assert browser.client.get("/join").status_code == 200
    other = {"REMOTE_ADDR": "192.0.2.7"}
    answer = browser.client.post("/join", data={**fields, "code": "x"}, environ_overrides=other)
    assert answer.status_code == 400


def test_a_page_that_is_limited_still_says_whose_it_is(pages: Flask) -> None:
    assert all(hasattr(view, DECLARED) for view in pages.view_functions.values())
