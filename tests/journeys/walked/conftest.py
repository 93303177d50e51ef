from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from dispatch.app import App
from dispatch.web import visiting
from dispatch.web.site import site
from tests.fakes import FakeClock
from tests.journeys.sighted import chromium, served
from tests.journeys.walked.office import Office
from tests.journeys.walked.ways import Person, Way, at_browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def office(app: App, clock: FakeClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    """An office that has nothing yet; its telephones show the time of its clock."""
    monkeypatch.setattr(visiting, "machine_time", clock)
    app.settings.home.mkdir()
    folder = tmp_path / "files"
    folder.mkdir()
    return Office(app, clock, folder)


@pytest.fixture
def person(office: Office, browser: Browser, way: Way) -> Iterator[Person]:
    """Whoever is at the browser, and goes about things in one of the ways."""
    with served(site(office.app)) as address, at_browser(browser, office, address, way) as found:
        yield found
