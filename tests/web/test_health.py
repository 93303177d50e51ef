"""Whether the pages are up."""

from __future__ import annotations

import pytest

from dispatch.database import DatabaseTrouble, schema
from dispatch.domain.people.account import AccountRole
from dispatch.web import health
from tests.web.browser import Browser


def test_everybody_is_told_whether_the_pages_are_up(
    browser: Browser, visitors: list[AccountRole | None]
) -> None:
    visitors.append(None)
    assert browser.get("/healthz") == "ok\n"
    assert browser.get("/readyz") == "ready\n"


def test_pages_on_tables_of_another_version_are_up_but_not_ready(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "age", lambda _: schema.Age.OLDER)
    assert browser.get("/healthz") == "ok\n"
    assert browser.get("/readyz", 503) == "not ready\n"


def test_pages_without_a_database_are_up_but_not_ready(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent(_: object) -> None:
        raise DatabaseTrouble("SELECT", {}, OSError("it is gone"))

    monkeypatch.setattr(health, "age", silent)
    assert browser.get("/healthz") == "ok\n"
    assert browser.get("/readyz", 503) == "not ready\n"
