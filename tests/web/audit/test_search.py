"""The search of what happened, and the ledger's page."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dispatch.app import App
from dispatch.jobs import work
from dispatch.worker.jobs import verify
from tests import steps
from tests.fakes import FakeClock
from tests.web.browser import Browser

ADDRESS = "chief.executive@oxo.example"


@pytest.mark.parametrize(("field", "value"), [("address", ADDRESS), ("person", "Adeyemi")])
def test_who_is_looked_for_stands_in_no_address_of_a_page(
    app: App, browser: Browser, clock: FakeClock, field: str, value: str
) -> None:
    steps.released(app, clock, "OXO")
    answer = browser.send("/audit", **{field: value})
    assert answer.status_code == 303
    assert value not in answer.location
    shown = browser.get(answer.location)
    assert value in shown
    assert "/deliveries/" in shown
    clock.reach(clock() + timedelta(days=1, seconds=1))
    browser.get(answer.location, 404)


def test_what_names_nobody_can_be_passed_on_as_a_link(
    app: App, browser: Browser, clock: FakeClock
) -> None:
    steps.released(app, clock, "OXO")
    answer = browser.send("/audit", authority="OXO", kind="delivery.queued", since="2020-07-22")
    assert answer.location == "/audit?authority=OXO&kind=delivery.queued&since=2020-07-22"
    assert "the chief executive of OXO" in browser.get(answer.location).replace(" to ", " ")


def test_a_name_too_short_is_asked_for_again(browser: Browser) -> None:
    answer = browser.send("/audit", person="a")
    assert answer.status_code == 400
    assert "Give at least 3 characters" in answer.text


def test_the_ledger_is_verified_by_a_worker_and_the_page_says_how_it_was_found(
    app: App, browser: Browser
) -> None:
    steps.rendered(app, "OXO")
    assert browser.send("/audit/ledger").status_code == 303
    assert 'hx-trigger="tick"' in browser.get("/audit/ledger/live")
    work.do_one(app.sessions, app.clock, lambda _: lambda job, done: verify(app, job, done))
    shown = browser.get("/audit/ledger/live")
    assert "hx-trigger" not in shown
    assert "It holds" in shown


def test_a_search_for_nothing_says_what_to_do(browser: Browser) -> None:
    answer = browser.send("/audit")
    assert (answer.status_code, "There is a problem" in answer.text) == (400, True)


def test_an_authority_is_found_by_its_name_too(app: App, browser: Browser) -> None:
    steps.rendered(app, "OXO", "ADU", "CAM")
    assert browser.send("/audit", authority="oxford").location == "/audit?authority=OXO"
    assert browser.send("/audit", authority="Nowhere").location == "/audit?authority=Nowhere"
    answer = browser.send("/audit", authority="city council")
    assert answer.status_code == 400
    assert "Several are called that:" in answer.text
