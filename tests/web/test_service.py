"""The page of the service, and the check that it asks a worker for."""

from __future__ import annotations

from functools import partial

import pytest

from dispatch.app import App
from dispatch.doctor import checkup
from dispatch.domain.doctor.finding import Finding, Level
from dispatch.domain.people.account import AccountRole
from dispatch.jobs import work
from dispatch.tracking.store import heartbeats
from dispatch.worker.jobs import DOES
from tests.web.browser import Browser

FOUND = [
    Finding("smtp.login", Level.STOPS, "No <b>login</b> {{7*7}}.", "No letter leaves.", "Mend it."),
    Finding("machine.disk", Level.FINE, "There is room."),
]


@pytest.fixture
def admin(browser: Browser, visitors: list[AccountRole | None]) -> Browser:
    visitors.append(AccountRole.ADMIN)
    return browser


def test_a_check_is_asked_for_and_its_findings_are_shown_with_what_to_do(
    app: App, admin: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkup, "examine", lambda *_: FOUND)
    before = admin.get("/service")
    assert "Nobody has asked for a check" in before
    assert "No clock and no worker was seen" in before
    for _ in range(2):  # asking twice asks once
        assert admin.send("/service/check", "/service").location == "/service"
    assert 'hx-trigger="tick"' in admin.get("/service")
    assert work.do_one(app.sessions, app.clock, lambda kind: partial(DOES[kind], app))
    assert work.do_one(app.sessions, app.clock, lambda kind: partial(DOES[kind], app)) is None
    for address in ("/service", "/service/live"):
        shown = admin.get(address)
        for words in (
            "1 finding stops the letters",
            "No &lt;b&gt;login&lt;/b&gt; {{7*7}}.",
            "Mend it.",
            "1 are fine",
        ):
            assert words in shown
        assert "tick" not in shown


def test_a_silent_worker_is_named(app: App, admin: Browser) -> None:
    with app.sessions.begin() as session:
        heartbeats.beat(session, "worker", "one", app.clock(), app.lease)
    shown = admin.get("/service")
    assert "one" in shown
    assert "Python" in shown


def test_a_check_that_failed_says_why(
    app: App, admin: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(checkup, "examine", fail)
    admin.send("/service/check", "/service")
    work.do_one(app.sessions, app.clock, lambda kind: partial(DOES[kind], app))
    assert "The last check failed" in admin.get("/service")


@pytest.mark.parametrize("role", [AccountRole.VIEWER, AccountRole.EDITOR, AccountRole.APPROVER])
def test_only_an_administrator_sees_the_service(
    browser: Browser, visitors: list[AccountRole | None], role: AccountRole
) -> None:
    visitors.append(role)
    browser.get("/service", 403)
    browser.get("/service/live", 403)
