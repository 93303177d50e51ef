"""Every page in every state of an office: seen, heard, by keyboard, on a telephone, in the dark."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from html import unescape
from http import HTTPStatus
from itertools import product
from typing import Literal

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Response
from werkzeug.routing import Rule

from dispatch.app import App
from dispatch.domain.people.account import AccountRole
from dispatch.web.access import DECLARED
from dispatch.web.plans import check
from dispatch.web.site import site
from tests.fakes import FakeClock
from tests.journeys.checks import CHECKS
from tests.journeys.offices import OFFICES, values
from tests.journeys.sighted import NARROW, WIDE, Look, chromium, needs_chromium, served, window
from tests.journeys.skeleton import skeleton
from tests.people import office

pytestmark = [pytest.mark.slow, needs_chromium]

PASSING = re.compile(r"[0-9a-f-]{8,}|\"Im[\w.-]{20,}\"")
"""Ids, digests and tokens of forms: two pages that differ in these alone look the same."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def looked_at() -> set[tuple[str, str]]:
    """Pages, and skeletons of pages, with the ways in which they were looked at in any office."""
    return set()


class People:
    """An approver, who may do most, an administrator, and somebody who has not signed in."""

    def __init__(self, app: App) -> None:
        """Have the two join, and sign in."""
        self._visits = {
            role: office.signed_in(app, office.joined(app, role).account)
            for role in (AccountRole.APPROVER, AccountRole.ADMIN)
        }

    def visit_for(self, view: object) -> str:
        """Return the cookie of who may do most on a page; nothing where everybody may look."""
        role = getattr(view, DECLARED)
        usual = self._visits[AccountRole.APPROVER] if role else ""
        return self._visits.get(role, usual)


@dataclass(frozen=True, slots=True)
class Walk:
    """A walk through the pages of an office."""

    pages: Flask
    people: People
    looks: dict[str, Look]
    address: str
    looked_at: set[tuple[str, str]]
    tabs: dict[str, Rule] = field(default_factory=dict)
    """Addresses with a question that the pages lead to, such as another tab of a letter."""

    def faults(self, rule: Rule, place: str) -> Iterator[str]:
        """Look at a page in each way, and say what is wrong with it."""
        visit = self.people.visit_for(self.pages.view_functions[rule.endpoint])
        client = self.pages.test_client()
        client.set_cookie("visit", visit)
        answer = client.get(place)
        if answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
            yield f"{place}: {answer.status_code}"
        is_own = "sandbox" not in answer.headers.get("Content-Security-Policy", "")
        is_page = answer.mimetype == "text/html" and "<html" in answer.text and is_own
        plain = PASSING.sub("", answer.text) if is_page else ""
        if not plain or self._is_known(plain):
            return
        tabs = map(unescape, QUESTION.findall(answer.text))
        self.tabs.update((each, rule) for each in tabs if each.startswith(f"{place}?"))
        for name, look in self.looks.items():
            enter(look.page.context, visit, self.address)
            in_words_alone = self._is_known(skeleton(answer.text), name)
            if in_words_alone and name != TIGHTEST:
                continue
            look.open(self.address + place)
            self._is_known(skeleton(look.page.content()), name)  # as an answer to a form may be
            found = look.faults(in_words_alone=in_words_alone)
            yield from (f"{place} ({name}): {each}" for each in found)
            if look.page.title() == "taken over":
                yield f"{place}: a stranger's script ran"
        yield from self._without_an_answer(place)

    def _without_an_answer(self, place: str) -> Iterator[str]:
        """Send each form of the page as it is, and look at what comes."""
        look = self.looks[TIGHTEST]
        for number in range(look.page.locator(FORM).count()):
            look.page.goto(self.address + place)
            look.complaints.clear()
            buttons = look.page.locator(FORM).nth(number).locator("button:not([type=button])")
            if not buttons.count():  # what a form did before leaves no other
                return
            if is_answered_by_a_page(look.page, buttons.first):
                in_words_alone = self._is_known(skeleton(look.page.content()), TIGHTEST)
                found = look.faults(in_words_alone=in_words_alone)
                yield from (f"{place}, sent empty: {each}" for each in found)

    def _is_known(self, page: str, name: str = "") -> bool:
        is_known = (page, name) in self.looked_at
        self.looked_at.add((page, name))
        return is_known


FORM = "main form"
TIGHTEST = f"light {NARROW}"
"""The way in which words alone can do harm: by being too long for the screen."""


def is_answered_by_a_page(page: Page, button: Locator) -> bool:
    """Send a form, wait until all of its answer is there, and say whether that is a page."""
    page.evaluate("document.documentElement.dataset.sent = 'yes'")
    with page.expect_event("response", is_the_last) as heard:
        button.click()
    if heard.value.header_value("Content-Disposition"):  # a file: the form stays where it was
        return False
    page.locator("html:not([data-sent])").wait_for(state="attached")
    page.wait_for_load_state()
    return True


def is_the_last(answer: Response) -> bool:
    """Say whether this is what a form is answered with, after any redirection."""
    is_redirection = HTTPStatus.MULTIPLE_CHOICES <= answer.status < HTTPStatus.BAD_REQUEST
    return answer.request.is_navigation_request() and not is_redirection


def enter(context: BrowserContext, visit: str, address: str) -> None:
    """Give a browser the cookie of a visit, or take it away."""
    context.clear_cookies()
    if visit:
        context.add_cookies([{"name": "visit", "value": visit, "url": address}])


def addresses(pages: Flask, app: App) -> Iterator[tuple[Rule, str]]:
    """Yield the address of every page that this office has, from the routes themselves."""
    of_office = values(app)
    for rule in pages.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.rule.startswith(NOT_PAGES):
            continue
        known = of_office | {name: of.split(", ") for of, name in CHOICE.findall(rule.rule)}
        unknown = rule.arguments - known.keys()
        assert not unknown, f"{rule.rule}: say in tests/journeys/offices.py what {unknown} is"
        names = sorted(rule.arguments)
        for chosen in product(*(known[name] for name in names)):
            built = rule.build(dict(zip(names, map(str, chosen), strict=True)))
            assert built
            yield rule, built[1]
    yield rule, "/nowhere"


QUESTION = re.compile(r'href="(/[^"#]*\?[^"#]*)')
CHOICE = re.compile(r"<any\(([^)]*)\):(\w+)>")
"""The part of a route that is one of some words."""

NOT_PAGES = ("/api/", "/apidoc/", "/static/")


@pytest.mark.parametrize("state", OFFICES)
def test_every_page_is_accessible(
    app: App, clock: FakeClock, browser: Browser, looked_at: set[tuple[str, str]], state: str
) -> None:
    OFFICES[state](app, clock)
    pages, people = site(app), People(app)
    looks_of = WAYS if state in SEEN_IN_ALL_WAYS else WAYS_THAT_DIFFER_MOST
    with served(pages) as address, ways(browser, looks_of) as looks:
        walk = Walk(pages, people, looks, address, looked_at)
        faults = [
            each for rule, place in [*addresses(pages, app)] for each in walk.faults(rule, place)
        ]
        for place, rule in [*walk.tabs.items()]:
            faults += walk.faults(rule, place)
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("state", CHECKS)
def test_a_check_by_a_worker_is_accessible(
    app: App,
    clock: FakeClock,
    browser: Browser,
    looked_at: set[tuple[str, str]],
    monkeypatch: pytest.MonkeyPatch,
    state: str,
) -> None:
    monkeypatch.setattr(check, "AT_ONCE", 1)
    CHECKS[state](app, clock)
    pages, people = site(app), People(app)
    with served(pages) as address, ways(browser, WAYS) as looks:
        walk = Walk(pages, people, looks, address, looked_at)
        its = [each for each in addresses(pages, app) if each[0].endpoint == "check.look"]
        faults = [each for rule, place in its for each in walk.faults(rule, place)]
    assert len(its) == 1
    assert not faults, "\n".join(faults)


Way = tuple[Literal["light", "dark"], int]
WAYS: tuple[Way, ...] = (("light", NARROW), ("light", WIDE), ("dark", NARROW), ("dark", WIDE))
WAYS_THAT_DIFFER_MOST: tuple[Way, ...] = (("light", NARROW), ("dark", WIDE))
SEEN_IN_ALL_WAYS = {"empty", "sent"}
"""Offices whose pages are looked at in all four ways: one without anything, and one with most. The
pages of the others have the same parts, and all ways for each of them would take half an hour."""


@contextmanager
def ways(browser: Browser, chosen: Iterable[Way]) -> Iterator[dict[str, Look]]:
    """Open the browser in the light and in the dark, on a telephone and on a desk."""
    with ExitStack() as opened:
        looks = {}
        for scheme, width in chosen:
            page = opened.enter_context(window(browser, width=width, scheme=scheme))
            page.add_init_script(UNSEEN)
            looks[f"{scheme} {width}"] = Look(page, is_dark=scheme == "dark")
        yield looks


UNSEEN = "Object.defineProperty(document, 'hidden', { get: () => true })"
"""Has a page wait, as in a tab that nobody sees, with asking for what changes: the answer would
replace what is just being looked at."""


def test_every_page_says_the_same_without_script(
    app: App, clock: FakeClock, browser: Browser
) -> None:
    OFFICES["sent"](app, clock)
    pages, people = site(app), People(app)
    with (
        served(pages) as address,
        window(browser, width=NARROW, has_script=False) as page,
    ):
        for rule, place in [*addresses(pages, app)]:
            visit = people.visit_for(pages.view_functions[rule.endpoint])
            enter(page.context, visit, address)
            client = pages.test_client()
            client.set_cookie("visit", visit)
            answer = client.get(place)
            if answer.mimetype == "text/html" and "govuk-template" in answer.text:
                page.goto(address + place)
                assert page.locator("h1").first.is_visible(), place
                assert page.locator("main button:not([hidden])").count() == sum(
                    each.is_visible() for each in page.locator("main button:not([hidden])").all()
                ), place
