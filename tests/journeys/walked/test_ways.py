"""What walks through the pages sees what no page may show."""

from __future__ import annotations

import pytest
from flask import Flask
from playwright.sync_api import Browser

from dispatch.web.headers import POLICY
from tests.journeys.offices import SCRIPT
from tests.journeys.sighted import needs_chromium, served
from tests.journeys.walked.acts import Follow, Open, go
from tests.journeys.walked.office import Office
from tests.journeys.walked.ways import WAYS, at_browser

pytestmark = [needs_chromium, pytest.mark.slow]

UNSEEN = "<style>a { outline: none }</style>"


@pytest.mark.parametrize(
    ("content", "policy", "words"),
    [
        ("<script>1</script>", POLICY, "Content Security Policy"),
        ("<p style='color: red'>x</p>", POLICY, "Content Security Policy"),
        ("<script>nobody()</script>", "", "nobody is not defined"),
        (SCRIPT, "", "the title is a stranger's"),
        ("<img src=/nowhere.png>", "", "404"),
        (UNSEEN, "", "focus is not seen"),
        ("<a href=/2 style='position: absolute; left: -99px'>1</a>", "", "focus is covered"),
    ],
)
def test_what_no_page_may_show_is_complained_of(
    office: Office, browser: Browser, *, content: str, policy: str, words: str
) -> None:
    site = Flask("wrong", static_folder=None)

    @site.get("/")
    def wrong() -> tuple[str, dict[str, str]]:
        page = f"<!doctype html><main>{content}<a href=/there>There</a></main>"
        return page, {"Content-Security-Policy": policy} if policy else {}

    @site.get("/there")
    def there() -> str:
        return "<main>There</main>"

    by_keys = WAYS[-1]
    with served(site) as address, at_browser(browser, office, address, by_keys) as person:
        with pytest.raises(AssertionError) as complaint:
            go(person, Open("/"), Follow("There"))
        assert words in str(complaint.value)
