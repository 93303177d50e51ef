"""Sending letters again, by page."""

from __future__ import annotations

from typing import Any

import pytest

from dispatch.app import App
from dispatch.domain.delivery import DeliveryState
from dispatch.domain.people.account import AccountRole
from dispatch.web.mailouts import resend
from tests import steps
from tests.corrections.test_resend import CHIEF, DOUBT, NEW, REFUSED, again, appoint, sent
from tests.fakes import FakeClock, FakeTransport
from tests.web.browser import Browser

PAGE = f"/mailouts/{steps.NAME}/resend"


def last(app: App, code: str = "OXO") -> str:
    """Return the id of the delivery that a page ticks."""
    found = [each for each in steps.deliveries_of(app).values() if each.authority_code == code]
    return str(max(found, key=lambda each: each.created_at).id)


def send(browser: Browser, page: str = PAGE, **values: Any) -> Any:
    return browser.send(page, **{"because": "the address was wrong", **values})


def test_where_all_are_reached_there_is_nothing_to_send(
    app: App, clock: FakeClock, browser: Browser
) -> None:
    sent(app, clock, "OXO")
    shown = browser.get(PAGE)
    assert "every letter is reached" in shown
    assert '<button type="submit" class="govuk-button"' not in shown


def test_who_gets_what_and_what_each_had_is_shown_and_then_sent(
    app: App, clock: FakeClock, browser: Browser
) -> None:
    sent(app, clock, "OXO", "ADU", outcome=REFUSED)
    unreached = next(
        each for each in steps.deliveries_of(app).values() if each.state is DeliveryState.REFUSED
    )
    code = unreached.authority_code
    appoint(app, code=code)
    shown = browser.get(PAGE)
    for words in ("1 letter can go again", NEW, unreached.address, "refused", "What has left"):
        assert words in shown
    answer = send(browser, delivery=last(app, code))
    assert (answer.status_code, answer.location) == (302, f"/mailouts/{steps.NAME}/unreached")
    event = next(each for each in steps.events(app) if each.action == "delivery.resent")
    assert (event.actor, event.detail["because"]) == ("Sam Okafor", "the address was wrong")
    assert {each.address for each in steps.deliveries_of(app).values()} >= {NEW}


def test_only_what_is_ticked_goes(app: App, clock: FakeClock, browser: Browser) -> None:
    sent(app, clock, "OXO", "ADU")
    appoint(app)
    appoint(app, "jo@adu.example", "ADU")
    page = f"{PAGE}?choice=changed"
    assert "2 letters can go again" in browser.get(page)
    answer = send(browser, page, delivery=last(app, "ADU"))
    assert answer.status_code == 302
    waiting = [
        each.authority_code
        for each in steps.deliveries_of(app).values()
        if each.state is DeliveryState.QUEUED
    ]
    assert waiting == ["ADU"]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"because": "", "delivery": "OXO"}, "Give a reason"),
        ({}, "Choose at least one letter"),
        ({"because": "x" * 1001, "delivery": "OXO"}, "Use at most 1,000 characters"),
    ],
)
def test_a_form_that_lacks_something_comes_back_as_it_was(
    app: App, clock: FakeClock, browser: Browser, values: dict[str, str], words: str
) -> None:
    sent(app, clock, "OXO")
    appoint(app)
    if "delivery" in values:
        values = {**values, "delivery": last(app)}
    answer = send(browser, f"{PAGE}?choice=changed", **values)
    assert answer.status_code == 400
    assert "There is a problem" in answer.text
    assert words in answer.text
    assert len(steps.deliveries_of(app)) == 1


def test_what_changed_meanwhile_is_said_and_nothing_is_sent(
    app: App, clock: FakeClock, browser: Browser
) -> None:
    sent(app, clock, "OXO", "ADU")
    appoint(app)
    page = f"{PAGE}?choice=changed"
    fields = browser.fields(page) | {"delivery": last(app), "because": "new in post"}
    appoint(app, "jo@adu.example", "ADU")
    answer = browser.client.post(page, data=fields)
    assert answer.status_code == 409
    assert "has changed since you looked, and nothing was sent" in answer.text
    assert "Adur" in answer.text
    assert "is new here" in answer.text
    again(app, codes=("OXO",))
    answer = browser.client.post(page, data=fields)
    assert answer.status_code == 409
    assert "more have left the list since" in answer.text


def test_what_is_left_out_says_why_and_links_to_what_to_do(
    app: App, clock: FakeClock, browser: Browser
) -> None:
    sent(app, clock, "OXO", outcome=DOUBT)
    shown = browser.get(PAGE)
    assert "It is in doubt." in shown
    assert f'href="/deliveries/{last(app)}/settle"' in shown


@pytest.mark.parametrize(
    ("refused", "words"),
    [(False, "Send it even to an address"), (True, "Try the same")],
)
def test_an_address_that_has_it_gets_it_only_if_somebody_says_so(
    app: App, clock: FakeClock, browser: Browser, *, refused: bool, words: str
) -> None:
    sent(app, clock, "OXO", outcome=REFUSED if refused else None)
    shown = browser.get(f"{PAGE}?authority=OXO")
    assert CHIEF in shown
    assert words in shown
    assert "again=yes" in shown
    page = f"{PAGE}?authority=OXO&again=yes"
    assert "1 letter can go again" in browser.get(page)
    assert send(browser, page, delivery=last(app)).status_code == 302


def test_before_the_release_and_for_nobody_the_rule_is_said(app: App, browser: Browser) -> None:
    steps.rendered(app)
    assert "That cannot be done now" in browser.get(PAGE, 409)
    browser.get("/mailouts/none/resend", 404)


def test_a_viewer_sends_nothing(
    app: App, clock: FakeClock, browser: Browser, visitors: list[AccountRole | None]
) -> None:
    sent(app, clock, "OXO")
    visitors.append(AccountRole.VIEWER)
    browser.get(PAGE, 403)


@pytest.mark.parametrize("choice", ["unreached", "bounced", "changed"])
def test_letters_are_listed_a_page_at_a_time_and_only_those_of_the_page_go(
    app: App,
    clock: FakeClock,
    transport: FakeTransport,
    browser: Browser,
    monkeypatch: pytest.MonkeyPatch,
    choice: str,
) -> None:
    monkeypatch.setattr(resend, "MOST", 1)
    transport.outcomes.append(REFUSED)
    sent(app, clock, "OXO", "ADU", outcome=REFUSED)
    appoint(app, "ada@adu.example", code="ADU")
    appoint(app, "olu@oxo.example", code="OXO")
    first = browser.get(f"{PAGE}?choice={choice}")
    following = f"{PAGE}?choice={choice}&after=ADU"
    assert f'href="{following}"'.replace("&", "&amp;") in first
    assert ("ada@adu.example" in first, "olu@oxo.example" in first) == (True, False)
    last_page = browser.get(following)
    assert ("ada@adu.example" in last_page, "olu@oxo.example" in last_page) == (False, True)
    assert "after=OXO" not in last_page
    assert send(browser, following, delivery=last(app, "OXO")).status_code == 302
    queued = [each for each in steps.deliveries_of(app).values() if each.replaces_id]
    assert [each.address for each in queued] == ["olu@oxo.example"]
