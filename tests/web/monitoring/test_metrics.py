"""Numbers for Prometheus, for those who show a token."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from dispatch.app import App
from dispatch.domain.people.account import AccountRole
from dispatch.domain.people.token import Scope
from dispatch.monitoring import exposition
from dispatch.people import tokens
from tests.people.office import joined, word
from tests.web.browser import Browser


def token(app: App, *scopes: Scope) -> dict[str, str]:
    """Return what a program shows whose token opens these."""
    owner = joined(app, AccountRole.ADMIN).account.name
    by_owner = word(app).__class__(person=owner, keyboard=owner, because="x", at=app.clock())
    until = app.clock() + timedelta(days=30)
    with app.sessions.begin() as session:
        made = tokens.make_token(session, "prometheus", scopes, until, by_owner)
    return {"Authorization": f"Bearer {made.text}"}


def test_numbers_are_for_a_token_that_opens_them(app: App, pages: Flask) -> None:
    assert pages.test_client().get("/metrics").status_code == 401
    others = token(app, *(set(Scope) - {Scope.METRICS}))
    assert pages.test_client().get("/metrics", headers=others).status_code == 403


def test_prometheus_reads_what_the_database_knows_and_how_long_pages_took(
    app: App, pages: Flask
) -> None:
    shown = token(app, Scope.METRICS)
    browser = Browser(pages.test_client())
    browser.get("/mailouts")
    browser.get("/perpetua.umbridge@elsewhere.example", 404)
    answer = pages.test_client().get("/metrics", headers=shown)
    assert (answer.status_code, answer.content_type.partition(";")[0]) == (200, "text/plain")
    assert "dispatch_queue_due 0.0" in answer.text
    assert "dispatch_token_expiry_timestamp_seconds" in answer.text
    counted = 'dispatch_page_seconds_count{page="mailouts.every",status="2xx"} 1.0'
    assert counted in answer.text
    assert 'dispatch_page_seconds_count{page="none",status="4xx"} 1.0' in answer.text
    assert "@" not in answer.text


def test_a_page_that_fails_is_counted_as_such(
    app: App, pages: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = token(app, Scope.METRICS)
    pages.config["PROPAGATE_EXCEPTIONS"] = False
    with monkeypatch.context() as patch:
        patch.setattr(exposition, "text", lambda *_: 1 / 0)
        assert pages.test_client().get("/metrics", headers=shown).status_code == 500
    answer = pages.test_client().get("/metrics", headers=shown)
    assert 'dispatch_page_seconds_count{page="metrics.measured",status="5xx"} 1.0' in answer.text
