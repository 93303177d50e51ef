"""Evidence packs, by page."""

from __future__ import annotations

import io
import zipfile

import pytest
from sqlalchemy import update

from dispatch.app import App
from dispatch.database.tables import Delivery
from dispatch.domain.digest import sha256
from dispatch.domain.people.account import AccountRole
from tests import packs, steps
from tests.corrections.test_resend import CHIEF, again, sent
from tests.fakes import FakeClock, FakeTransport
from tests.web.browser import Browser

PAGE = f"/audit/packs/{steps.NAME}/OXO"


@pytest.fixture
def sealed(app: App, clock: FakeClock, transport: FakeTransport) -> None:
    """A letter that went and came back, whose evidence can be made."""
    app.settings.home.mkdir()
    packs.lived_through(app, clock, transport)


def test_what_is_in_it_and_what_it_proves_is_shown(
    app: App, clock: FakeClock, browser: Browser
) -> None:
    sent(app, clock, "OXO")
    shown = browser.get(PAGE)
    for words in (CHIEF, "1 message with every reply", "What it proves", "nothing has", "accepted"):
        assert words in shown


@pytest.mark.parametrize("kind", ["redacted", "whole"])
def test_the_pack_is_a_file_and_who_takes_it_is_on_record(
    app: App, browser: Browser, sealed: None, kind: str
) -> None:
    answer = browser.send(PAGE, kind=kind)
    assert (answer.status_code, answer.mimetype) == (200, "application/zip")
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    assert {"summary.pdf", "verify.py", "manifest.json"} <= files.keys()
    is_redacted = kind == "redacted"
    assert any(CHIEF.encode() in each for each in files.values()) is not is_redacted
    event = next(each for each in steps.events(app) if each.action == "audit.exported")
    assert event.actor == "Sam Okafor"
    assert event.detail["manifest"] == sha256(files["manifest.json"])
    assert event.detail["redacted"] == ("yes" if is_redacted else "no")
    assert ("redacted.zip" in answer.headers["Content-Disposition"]) is is_redacted


def test_what_was_deleted_leaves_a_redacted_pack_alone(
    app: App, browser: Browser, sealed: None
) -> None:
    assert 'value="whole"' in browser.get(PAGE)
    with app.sessions.begin() as session:
        session.execute(update(Delivery).values(address="", name=""))
    shown = browser.get(PAGE)
    assert "only a redacted pack can be made" in shown
    assert 'value="whole"' not in shown
    answer = browser.send(PAGE, kind="whole")
    assert (answer.status_code, "no pack was made" in answer.text) == (409, True)


def test_what_changed_meanwhile_is_looked_at_again(
    app: App, clock: FakeClock, browser: Browser
) -> None:
    sent(app, clock, "OXO")
    fields = browser.fields(PAGE) | {"kind": "whole"}
    again(app, codes=("OXO",), is_again=True)
    answer = browser.client.post(PAGE, data=fields)
    assert (answer.status_code, "no pack was made" in answer.text) == (409, True)


def test_before_anything_has_gone_there_is_nothing_to_prove(
    app: App, browser: Browser, visitors: list[AccountRole | None]
) -> None:
    steps.rendered(app, "OXO")
    browser.get(PAGE, 404)
    browser.get(f"/audit/packs/{steps.NAME}/XXX", 404)
    visitors.append(AccountRole.VIEWER)
    browser.get(PAGE, 403)
