"""The page on which an approved mailout is left to the clock."""

from __future__ import annotations

import pytest

from dispatch.app import App
from dispatch.domain.mailout import MailoutState
from dispatch.domain.people.account import AccountRole
from dispatch.web.mailouts import schedule
from tests import steps
from tests.fakes import FakeClock
from tests.web.browser import Browser
from tests.web.questions import MOST, questions

PAGE = f"/mailouts/{steps.NAME}/schedule"


@pytest.fixture(autouse=True)
def approver(visitors: list[AccountRole | None]) -> None:
    visitors.append(AccountRole.APPROVER)


def test_an_approved_mailout_is_scheduled_with_what_leaves_when(app: App, browser: Browser) -> None:
    steps.approved(app, "OXO", "ADU")
    with questions(app) as found:
        shown = browser.get(PAGE)
    assert len(found.asked) <= MOST
    assert "Schedule 2 letters to 4 addresses" in shown
    assert "at Wed 22 July 2020 09:00 BST" in shown
    answer = browser.send(PAGE)
    assert (answer.status_code, answer.location) == (302, f"/mailouts/{steps.NAME}")
    assert steps.state_of(app) is MailoutState.SCHEDULED
    assert "Scheduled: the letters leave at Wed 22 July" in browser.get(answer.location)
    assert "is scheduled already" in browser.get(PAGE)


def test_what_is_not_approved_any_more_is_not_scheduled(app: App, browser: Browser) -> None:
    steps.approved(app)
    fields = browser.fields(PAGE)
    answer = browser.client.post(PAGE, data={**fields, "digest": "0" * 64})
    assert answer.status_code == 409
    assert "this is not what was approved when you opened the page" in answer.text
    assert browser.client.post(PAGE, data=fields).status_code == 302
    answer = browser.client.post(PAGE, data=fields)
    assert answer.status_code == 409
    assert "is scheduled already" in answer.text


def test_letters_that_another_mailout_sends_need_a_reason(
    app: App, clock: FakeClock, browser: Browser
) -> None:
    steps.released(app, clock)
    steps.second_approved(app)
    page = f"/mailouts/{steps.SECOND}/schedule"
    assert "Nobody gets a letter twice without a reason" in browser.get(page)
    answer = browser.send(page)
    assert answer.status_code == 409
    answer = browser.send(page, because="the first was a trial")
    assert answer.status_code == 302


def test_of_very_many_letters_the_reason_is_asked_for_once_they_were_compared(
    app: App, clock: FakeClock, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schedule, "AT_ONCE", 0)
    steps.released(app, clock)
    steps.second_approved(app)
    page = f"/mailouts/{steps.SECOND}/schedule"
    shown = browser.get(page)
    assert "is looked at when you schedule them" in shown
    assert "Why both should send these letters" not in shown
    answer = browser.send(page)
    assert answer.status_code == 409
    assert "Nobody gets a letter twice without a reason" in answer.text
    assert "Why both should send these letters" in answer.text
    fields = {**browser.hidden(answer.text), "because": "the first was a trial"}
    assert browser.client.post(page, data=fields).status_code == 302


@pytest.mark.parametrize("state", ["draft", "rendered"])
def test_what_is_not_approved_says_what_comes_first(app: App, browser: Browser, state: str) -> None:
    (steps.planned if state == "draft" else steps.rendered)(app)
    words = "There is nothing to schedule" if state == "draft" else "Approve them first"
    assert words in browser.get(PAGE)


def test_an_editor_looks_and_cannot_schedule(
    app: App, browser: Browser, visitors: list[AccountRole | None]
) -> None:
    steps.approved(app)
    fields = browser.fields(PAGE)
    visitors.append(AccountRole.EDITOR)
    assert "role approver can schedule it" in browser.get(PAGE)
    assert browser.client.post(PAGE, data=fields).status_code == 403
