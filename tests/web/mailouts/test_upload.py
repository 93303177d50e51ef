"""Making the letters public, by page."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest
from flask import Flask

from dispatch.app import App
from dispatch.domain.digest import sha256
from dispatch.domain.mailout import MailoutState
from dispatch.domain.people.account import AccountRole
from dispatch.web.access import CONFIRMED
from dispatch.worker import jobs
from dispatch.worker.means import Means
from tests import steps
from tests.fakes import FakeClock
from tests.uploads import bounced, files_in, sent
from tests.web.browser import Browser

PAGE = f"/mailouts/{steps.NAME}/upload"
ALTHOUGH = {"because": "rung up: they have it on paper"}


@pytest.fixture
def approver(browser: Browser, visitors: list[AccountRole | None]) -> Browser:
    visitors.append(AccountRole.APPROVER)
    return browser


def work(app: App) -> None:
    """Have a worker do what was asked for."""
    app.settings.home.mkdir(exist_ok=True)
    jobs.do_jobs(Means(app, lambda task, workers: None))


def asked(app: App, browser: Browser, **values: Any) -> Any:
    answer = browser.send(PAGE, **values)
    assert answer.status_code == 302, answer.text
    return answer


def test_what_becomes_public_is_shown_then_done_by_a_worker_then_downloaded(
    app: App, clock: FakeClock, approver: Browser
) -> None:
    sent(app, clock, "OXO", "ADU")
    shown = approver.get(PAGE)
    for words in ("Make 2 letters public", "nobody: all are reached", "Wednesday 29 July 2020"):
        assert words in shown
    assert "Download" not in shown
    asked(app, approver)
    shown = approver.get(PAGE)
    assert "The upload waits for a worker. Priya Nair asked for it" in shown
    assert 'hx-trigger="tick"' in shown
    assert "Make 2 letters public" not in shown
    seen = shown.partition("live?seen=")[2][:12]
    assert approver.client.get(f"{PAGE}/live?seen={seen}").status_code == 204
    work(app)
    live = approver.get(f"{PAGE}/live?seen={seen}")
    assert "The letters are public since" in live
    assert 'hx-trigger="tick"' not in live
    assert steps.state_of(app) is MailoutState.UPLOADED
    with approver.client.get(f"{PAGE}/bundle.zip") as answer:
        assert answer.mimetype == "application/zip"
        content = answer.data
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    assert files == files_in(app.settings.public_folder)
    assert sha256(files["manifest.json"]) in live


def test_who_is_unreached_is_named_and_needs_a_reason(
    app: App, clock: FakeClock, approver: Browser
) -> None:
    sent(app, clock, "OXO", "ADU")
    bounced(app, "ADU")
    shown = approver.get(PAGE)
    assert "1 of 2" in shown
    assert 'href="/authorities/ADU"' in shown
    answer = approver.send(PAGE)
    assert (answer.status_code, "Give a reason, since not" in answer.text) == (400, True)
    asked(app, approver, **ALTHOUGH)
    work(app)
    [event] = [each for each in steps.events(app) if each.action == "mailout.uploaded"]
    assert (event.actor, event.detail["although"]) == ("Priya Nair", ALTHOUGH["because"])


def test_what_changed_meanwhile_is_shown_and_nothing_is_asked_for(
    app: App, clock: FakeClock, approver: Browser
) -> None:
    sent(app, clock, "OXO", "ADU")
    fields = approver.fields(PAGE)
    bounced(app, "ADU")
    answer = approver.client.post(PAGE, data=fields | ALTHOUGH)
    assert answer.status_code == 409
    assert "nothing was made public" in answer.text
    assert "1 of 2" in answer.text
    work(app)
    assert steps.state_of(app) is MailoutState.SENT


def test_what_changes_after_it_was_asked_for_is_said_as_the_result(
    app: App, clock: FakeClock, approver: Browser
) -> None:
    sent(app, clock, "OXO", "ADU")
    asked(app, approver)
    bounced(app, "ADU")
    work(app)
    shown = approver.get(PAGE)
    assert "Nothing was made public at" in shown
    assert "review it again" in shown
    assert "Make 2 letters public" in shown


def test_twice_is_once(app: App, clock: FakeClock, approver: Browser) -> None:
    sent(app, clock, "OXO")
    fields = approver.fields(PAGE)
    assert approver.client.post(PAGE, data=fields).status_code == 302
    assert approver.client.post(PAGE, data=fields).status_code == 302
    work(app)
    work(app)
    assert [each.action for each in steps.events(app)].count("mailout.uploaded") == 1
    asked(app, approver)
    work(app)
    assert "nothing has changed" in approver.get(PAGE)


def test_before_its_day_and_while_letters_are_on_their_way_it_says_so(
    app: App, clock: FakeClock, approver: Browser
) -> None:
    steps.released(app, clock, cc_roles=())
    shown = approver.get(PAGE)
    assert "still on their way" in shown
    assert f'href="/mailouts/{steps.NAME}"' in shown
    steps.send_due(app)
    steps.tick(app)
    shown = approver.get(PAGE)
    assert "Not before Wednesday 29 July 2020" in shown
    assert '<form method="post" novalidate>' not in shown


@pytest.mark.parametrize("role", [AccountRole.VIEWER, AccountRole.EDITOR, AccountRole.ADMIN])
def test_only_an_approver_makes_letters_public(
    app: App,
    clock: FakeClock,
    browser: Browser,
    visitors: list[AccountRole | None],
    role: AccountRole,
) -> None:
    sent(app, clock, "OXO")
    visitors.append(role)
    assert "An approver makes them public." in browser.get(PAGE)
    assert browser.send(PAGE, "/mailouts/" + steps.NAME).status_code == 403


def test_where_nothing_is_public_there_is_no_file(
    app: App, clock: FakeClock, browser: Browser
) -> None:
    sent(app, clock, "OXO")
    browser.get(f"{PAGE}/bundle.zip", 404)


@pytest.mark.parametrize("endpoint", ["upload.make_public", "reissues.approve"])
def test_before_anything_leaves_for_the_public_or_an_authority_it_is_asked_who_it_is(
    pages: Flask, endpoint: str
) -> None:
    assert hasattr(pages.view_functions[endpoint], CONFIRMED)
