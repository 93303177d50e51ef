"""Help from the documentation, and the accessibility statement."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from dispatch.documents.help import links
from dispatch.domain.people.account import AccountRole
from dispatch.web.help import ABOUT, PLACES, SHELF, TESTED_ON
from tests.web.browser import Browser


def test_every_page_of_the_help_is_there_and_its_links_lead_somewhere(browser: Browser) -> None:
    every = [found for name in SHELF.names if (found := SHELF.page(name))]
    places = {each.name: {"", *re.findall(r' id="([^"]*)"', each.html)} for each in every}
    broken = []
    for found in (SHELF.index, *every):
        inside = (each for each in links(found.html) if each.startswith("/help/"))
        for link in inside:
            name, _, part = link.removeprefix("/help/").partition("#")
            if part not in places.get(name, ()):
                broken.append((found.name, link))
    assert broken == []
    for name in SHELF.names:
        browser.get(f"/help/{name}")


def test_the_help_and_the_statement_need_no_sign_in(
    browser: Browser, visitors: list[AccountRole | None]
) -> None:
    visitors.append(None)
    assert "/help/using/contacts" in browser.get("/help")
    assert "[" not in re.sub(r"<[^>]*>", "", browser.get("/help")).partition("main")[0]
    for name in ("using/nothing", "../README", "changing", "..%2f..%2fpyproject"):
        browser.get(f"/help/{name}", 404)


def test_each_page_of_the_office_has_its_help(pages: Flask, browser: Browser) -> None:
    assert {*ABOUT.values(), *PLACES} <= SHELF.names
    assert 'href="/help/using/contacts"' in browser.get("/authorities")
    assert 'href="/help/using/watch"' in browser.get("/mailouts/none", 404)
    assert 'href="/help/using/first-mailout"' in browser.get("/mailouts")
    known = {rule.rule for rule in pages.url_map.iter_rules()}
    assert {"/help", "/help/<path:task>", "/accessibility"} <= known


def test_a_page_of_the_help_is_marked_up_as_the_other_pages(browser: Browser) -> None:
    shown = browser.get("/help/using/contacts")
    for part in (
        "Keep contacts up to date",
        'href="/authorities"',
        '<h2 class="govuk-heading-m" id="look-one-up">Look one up</h2>',
        '<pre class="office-words"><code>dispatch contacts show OXO',
    ):
        assert part in shown
    assert "<script>" not in shown
    assert "style=" not in shown


def test_no_column_of_a_table_has_an_empty_heading() -> None:
    pages = [SHELF.page(name) for name in SHELF.names]
    assert not [each.name for each in pages if each and re.search(r"<th[^>]*></th>", each.html)]


def test_the_statement_says_when_and_how_it_was_tested_and_whom_to_write_to(
    browser: Browser,
) -> None:
    shown = browser.get("/accessibility")
    assert f"{TESTED_ON.day} November {TESTED_ON.year}" in shown
    for part in ("mailto:", "equalityadvisoryservice", "We have not tested", "partially compliant"):
        assert part in shown


@pytest.mark.parametrize("role", list(AccountRole))
def test_everybody_finds_the_help(
    browser: Browser, visitors: list[AccountRole | None], role: AccountRole
) -> None:
    visitors.append(role)
    browser.get("/help")
