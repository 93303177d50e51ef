"""New versions of letters, by page."""

from __future__ import annotations

from typing import Any

import pytest

from dispatch.app import App
from dispatch.corrections import reissue
from dispatch.domain.delivery import DeliveryState
from dispatch.domain.people.account import AccountRole
from tests import steps
from tests.corrections import versions
from tests.corrections.test_resend import CHIEF, appoint, sent
from tests.factories import some_figures
from tests.fakes import FakeClock
from tests.web.browser import Browser

REISSUES = f"/mailouts/{steps.NAME}/reissues"
NEW = f"{REISSUES}/new?authority=OXO"
OTHERS = f"{REISSUES}/new/others?authority=OXO"
APPROVAL = f"{REISSUES}/approval"
WHY = {"because": "a count was wrong"}


@pytest.fixture
def wrong(app: App, clock: FakeClock) -> None:
    """Two letters have gone, and the figures of one are corrected."""
    sent(app, clock, "OXO", "ADU")
    steps.figures_corrected(app, some_figures("OXO", upheld=4))


@pytest.fixture
def waiting(app: App, wrong: None) -> None:
    """A new version of one of them waits, which sam has proposed."""
    versions.proposed(app, versions.corrected(app, "OXO").redrafts)


def approving(browser: Browser, visitors: list[AccountRole | None]) -> Browser:
    visitors.append(AccountRole.APPROVER)
    return browser


def queued(app: App) -> list[str]:
    found = steps.deliveries_of(app).values()
    return [each.address for each in found if each.state is DeliveryState.QUEUED]


def test_what_changes_is_shown_then_left_for_another_person(
    app: App, browser: Browser, wrong: None, visitors: list[AccountRole | None]
) -> None:
    assert "No new version waits for approval." in browser.get(REISSUES)
    assert 'name="authority"' in browser.get(f"{REISSUES}/new")
    shown = browser.get(NEW)
    for words in (
        "version 2",
        "<del",
        "<ins",
        "was: ",
        "becomes: ",
        CHIEF,
        f'href="{OTHERS}">Which other letters would say something else',
    ):
        assert words in shown
    answer = browser.send(NEW, **WHY)
    assert (answer.status_code, answer.location) == (302, REISSUES)
    listed = browser.get(REISSUES)
    assert "Sam Okafor" in listed
    assert "a count was wrong" in listed
    assert queued(app) == []
    lines = shown.partition("<del")[2].partition("</div>")[0]
    assert lines in approving(browser, visitors).get(APPROVAL)


def test_a_second_person_approves_and_it_goes(
    app: App, browser: Browser, waiting: None, visitors: list[AccountRole | None]
) -> None:
    browser.get(APPROVAL, 403)
    approver = approving(browser, visitors)
    shown = approver.get(APPROVAL)
    assert "Approve and send to 1 recipient" in shown
    assert "a count was wrong" in shown
    answer = approver.send(APPROVAL)
    assert (answer.status_code, answer.location) == (302, f"/mailouts/{steps.NAME}/unreached")
    assert queued(app) == [CHIEF]
    assert versions.letter(app).approved_by == "Priya Nair"
    assert "Nothing waits for approval." in approver.get(APPROVAL)
    assert "Priya Nair" in approver.get(REISSUES)


def test_who_proposed_it_cannot_approve_it_and_is_told_why(
    app: App, browser: Browser, wrong: None, visitors: list[AccountRole | None]
) -> None:
    approver = approving(browser, visitors)
    assert approver.send(NEW, **WHY).status_code == 302
    shown = approver.get(APPROVAL)
    assert "You cannot approve this:" in shown
    assert "Priya Nair proposed the new letter of OXO, so somebody else must approve it" in shown
    assert "Approve and send" not in shown
    answer = approver.send(APPROVAL)
    assert (answer.status_code, "Nothing was done:" in answer.text) == (409, True)
    assert queued(app) == []


def test_it_is_sent_back_with_a_reason(
    app: App, browser: Browser, waiting: None, visitors: list[AccountRole | None]
) -> None:
    approver = approving(browser, visitors)
    back = f"{APPROVAL}/send-back"
    assert approver.send(back, APPROVAL, because="").status_code == 400
    answer = approver.send(back, APPROVAL, because="the other count is wrong, too")
    assert (answer.status_code, answer.location) == (302, REISSUES)
    event = next(each for each in steps.events(app) if each.action == "letter.withdrawn")
    assert (event.actor, event.detail["because"]) == ("Priya Nair", "the other count is wrong, too")
    assert "Nothing waits for approval." in approver.get(APPROVAL)


@pytest.mark.parametrize("place", ["", "/send-back"])
def test_what_changed_meanwhile_is_shown_and_nothing_is_done(
    app: App, browser: Browser, waiting: None, visitors: list[AccountRole | None], place: str
) -> None:
    approver = approving(browser, visitors)
    fields: dict[str, Any] = approver.fields(APPROVAL) | WHY
    steps.figures_corrected(app, some_figures("OXO", upheld=3))
    versions.proposed(app, versions.corrected(app, "OXO").redrafts)
    answer = approver.client.post(f"{APPROVAL}{place}", data=fields)
    assert answer.status_code == 409
    assert "other versions wait now than you were shown" in answer.text
    assert queued(app) == []


def test_a_proposal_that_has_changed_is_looked_at_again(
    app: App, browser: Browser, wrong: None
) -> None:
    fields = browser.fields(NEW) | WHY
    steps.figures_corrected(app, some_figures("OXO", upheld=3))
    answer = browser.client.post(NEW, data=fields)
    assert (answer.status_code, "nothing was proposed" in answer.text) == (409, True)
    assert browser.send(NEW, because=" ").status_code == 400
    assert "No new version waits" in browser.get(REISSUES)


def test_the_same_letter_is_not_reissued_and_the_next_step_is_a_link(
    app: App, clock: FakeClock, browser: Browser
) -> None:
    sent(app, clock, "OXO")
    shown = browser.get(NEW, 409)
    assert "would be the same: bring in what is right first" in shown
    assert 'href="/imports/new?kind=figures"' in shown


def test_a_letter_is_put_in_another_name(app: App, clock: FakeClock, browser: Browser) -> None:
    sent(app, clock, "OXO")
    page = f"{NEW}&readdress=yes"
    assert "in the name of its" in browser.get(page, 409)
    appoint(app)
    shown = browser.get(page)
    assert "jo.new@oxo.example" in shown
    assert "everybody else who had" not in shown
    assert browser.send(page, because="new in post").status_code == 302
    assert "new in post" in browser.get(REISSUES)


def test_before_the_release_no_letter_is_replaced(app: App, browser: Browser) -> None:
    steps.rendered(app, "OXO")
    browser.get(NEW, 409)


def test_whose_letter_may_be_said_by_a_name(browser: Browser, wrong: None) -> None:
    answer = browser.client.get(f"{REISSUES}/new?authority=oxford+city+council&readdress=yes")
    assert answer.location == f"{REISSUES}/new?authority=OXO&readdress=yes"
    browser.get(f"{REISSUES}/new?authority=nobody+is+called+so", 404)


def test_other_letters_that_would_change_are_listed_a_few_at_a_time(
    app: App, browser: Browser, wrong: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = browser.get(OTHERS)
    assert "the average 50% becomes" in shown
    assert f'href="{NEW}"' in shown
    assert "Go on with" not in shown
    monkeypatch.setattr(reissue, "MADE_AGAIN", 1)
    first = browser.get(f"{REISSUES}/new/others")
    following = f"{REISSUES}/new/others?after=ADU"
    assert f'href="{following}">Go on with the letters after ADU' in first
    assert "Oxford" in browser.get(following)
    steps.figures_corrected(app, some_figures("OXO"))
    assert "No other letter would say anything else" in browser.get(OTHERS)
    assert "None of the letters after ADU would" in browser.get(following)
