"""Whether the pages are up, and whether they can be used."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pydantic import SecretStr

from dispatch.app import App
from dispatch.database import DatabaseTrouble, keys, schema
from dispatch.database.keys import KeyUse
from dispatch.domain.people.account import AccountRole
from dispatch.web.monitoring import health
from tests.web.browser import Browser
from tests.web.pages import pages_of

WELL = "ready\ndatabase: ok\ntables: ok\nkey: ok\nbroker: ok\n"
NOBODY = "redis://127.0.0.1:1/0"


def test_everybody_is_told_whether_the_pages_are_up(
    browser: Browser, visitors: list[AccountRole | None]
) -> None:
    visitors.append(None)
    assert browser.get("/healthz") == "ok\n"
    assert browser.get("/readyz") == WELL


def test_pages_on_tables_of_another_version_are_up_but_not_ready(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "age", lambda _: schema.Age.OLDER)
    assert browser.get("/healthz") == "ok\n"
    assert "tables: not those of this version" in browser.get("/readyz", 503)


def test_pages_without_a_database_are_up_but_not_ready(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent(_: object) -> None:
        raise DatabaseTrouble("SELECT", {}, OSError("it is gone"))

    monkeypatch.setattr(health, "age", silent)
    assert browser.get("/healthz") == "ok\n"
    shown = browser.get("/readyz", 503)
    assert shown.startswith("not ready\ndatabase: it does not answer\ntables: not known\n")


def test_pages_with_another_key_are_not_ready(app: App, browser: Browser) -> None:
    with app.sessions.begin() as session:
        keys.replace(session, KeyUse.WRITES, "another", now=app.clock())
    assert "key: not the one that the database was written with" in browser.get("/readyz", 503)


def test_whoever_balances_the_load_may_leave_the_broker_out(app: App) -> None:
    settings = app.settings.model_copy(update={"redis_url": SecretStr(NOBODY)})
    client = Browser(pages_of(replace(app, settings=settings)).test_client())
    assert client.get("/healthz") == "ok\n"
    assert "broker: it does not answer" in client.get("/readyz", 503)
    assert client.get("/readyz?exclude=broker") == WELL.replace("broker: ok\n", "")
