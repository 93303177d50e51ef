"""The list of letters, oddest first."""

from __future__ import annotations

import re

import pytest

from dispatch.app import App
from dispatch.web.letters import every
from tests import steps
from tests.web.browser import Browser
from tests.web.questions import MOST, questions

PAGE = f"/mailouts/{steps.NAME}/letters"
CODES = ("OXO", "ADU", "WOT", "CMD")


def listed(shown: str) -> list[str]:
    return re.findall(rf'href="{PAGE}/([A-Z]+)"', shown)


def test_letters_are_listed_the_oddest_first_with_the_reason(app: App, browser: Browser) -> None:
    steps.rendered(app, *CODES, bespoke={"WOT": "Well done."})
    with questions(app) as found:
        shown = browser.get(PAGE)
    assert listed(shown) == ["WOT", "ADU", "CMD", "OXO"]
    assert "as a paragraph of its own" in shown
    assert len(found.asked) <= MOST
    assert found.whole_tables() == []


@pytest.mark.parametrize(
    ("query", "codes", "words"),
    [
        ("?only=own", ["WOT"], "Only letters with a paragraph of their own."),
        ("?only=failed", [], "There are no such letters."),
        ("?only=unseen&group=District+Council", ["WOT", "ADU", "CMD", "OXO"], "of District"),
        ("?group=none", [], "Only letters of no comparison group."),
        ("?changed=yes", ["WOT", "ADU", "CMD", "OXO"], "that were not approved as they are"),
        ("?only=nonsense&after=x:y", ["WOT", "ADU", "CMD", "OXO"], "Show"),
    ],
)
def test_filters_are_said_in_words(
    app: App, browser: Browser, query: str, codes: list[str], words: str
) -> None:
    steps.rendered(app, *CODES, bespoke={"WOT": "Well done."})
    shown = browser.get(PAGE + query)
    assert (listed(shown), words in shown) == (codes, True)


def test_a_long_list_goes_on_where_the_page_ends(
    app: App, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps.rendered(app, *CODES)
    monkeypatch.setattr(every, "ROWS", 3)
    first = browser.get(PAGE)
    [more] = [
        each.replace("&amp;", "&") for each in re.findall(r'href="([^"]*after=[^"]*)"', first)
    ]
    second = browser.get(more)
    assert (listed(first), listed(second)) == (["ADU", "CMD", "OXO"], ["WOT"])


def test_a_draft_has_no_letters_yet(app: App, browser: Browser) -> None:
    steps.planned(app)
    assert "No letters are made yet." in browser.get(PAGE)
