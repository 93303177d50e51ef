"""The pages on which a mailout is paused, resumed or cancelled."""

from __future__ import annotations

import pytest

from dispatch.app import App
from dispatch.domain.mailout import MailoutState
from dispatch.domain.people.account import AccountRole
from tests import steps
from tests.factories import RELEASE_AT
from tests.fakes import FakeClock
from tests.web.browser import Browser
from tests.web.questions import MOST, questions

MAILOUT = f"/mailouts/{steps.NAME}"


@pytest.fixture(autouse=True)
def approver(visitors: list[AccountRole | None]) -> None:
    visitors.append(AccountRole.APPROVER)


def test_a_mailout_is_paused_resumed_and_cancelled(
    app: App, clock: FakeClock, browser: Browser
) -> None:
    steps.released(app, clock, "OXO", "ADU")
    with questions(app) as found:
        assert "4 addresses" in browser.get(f"{MAILOUT}/pause")
    assert len(found.asked) <= MOST
    assert found.whole_tables() == []
    answer = browser.send(f"{MAILOUT}/pause", because="")
    assert (answer.status_code, "Give a reason" in answer.text) == (400, True)
    answer = browser.send(f"{MAILOUT}/pause", because="a <doubt>")
    assert (answer.status_code, answer.location) == (302, MAILOUT)
    assert steps.state_of(app) is MailoutState.PAUSED
    assert "Letters to 4 addresses leave from now on" in browser.get(f"{MAILOUT}/resume")
    assert browser.send(f"{MAILOUT}/resume").status_code == 302
    assert steps.state_of(app) is MailoutState.RELEASING
    answer = browser.send(f"{MAILOUT}/cancel", because="no", name="another")
    assert (answer.status_code, f"Type {steps.NAME} to cancel it" in answer.text) == (400, True)
    answer = browser.send(f"{MAILOUT}/cancel", because="no", name=steps.NAME)
    assert answer.status_code == 302
    assert "letters to 4 addresses never leave" in browser.get(MAILOUT)
    assert steps.state_of(app) is MailoutState.CANCELLED


def test_what_has_moved_on_since_the_page_was_opened_is_said(
    app: App, clock: FakeClock, browser: Browser
) -> None:
    steps.scheduled(app)
    fields = browser.fields(f"{MAILOUT}/pause")
    clock.reach(RELEASE_AT)
    steps.tick(app)
    answer = browser.client.post(f"{MAILOUT}/pause", data={**fields, "because": "stop"})
    assert answer.status_code == 409
    assert "the mailout has moved on since you opened this page" in answer.text
    assert steps.state_of(app) is MailoutState.RELEASING


@pytest.mark.parametrize(
    ("act", "words"),
    [
        ("pause", "is sent and cannot be paused; its letters have gone to 2 addresses"),
        ("resume", "is sent and cannot be let go on"),
    ],
)
def test_what_is_past_is_said_with_how_many_have_left(
    app: App, clock: FakeClock, browser: Browser, act: str, words: str
) -> None:
    steps.released(app, clock)
    steps.send_due(app)
    steps.tick(app)
    assert words in browser.get(f"{MAILOUT}/{act}")


def test_before_the_release_nothing_has_left(app: App, browser: Browser) -> None:
    steps.scheduled(app)
    shown = browser.get(f"{MAILOUT}/cancel")
    assert "nothing yet" in shown
    assert "2 addresses" in shown


def test_an_editor_looks_and_cannot_hold(
    app: App, browser: Browser, visitors: list[AccountRole | None]
) -> None:
    steps.scheduled(app)
    fields = browser.fields(f"{MAILOUT}/pause")
    visitors.append(AccountRole.EDITOR)
    assert "Somebody with the role approver can do this." in browser.get(f"{MAILOUT}/pause")
    assert browser.client.post(f"{MAILOUT}/pause", data=fields).status_code == 403
