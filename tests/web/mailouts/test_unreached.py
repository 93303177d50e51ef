"""Who is not surely reached: the page, and the list as a spreadsheet."""

from __future__ import annotations

from dispatch.app import App
from dispatch.domain.reply import Outcome, Reply
from dispatch.ledger.upkeep_events import AUDIT_EXPORTED
from tests import steps
from tests.fakes import FakeClock, FakeTransport
from tests.web.browser import Browser

HERE = f"/mailouts/{steps.NAME}"
HOSTILE = "5.1.1 <script>alert(1)</script> no such mailbox"


def refused(app: App, clock: FakeClock, transport: FakeTransport) -> None:
    steps.released(app, clock, "OXO", "ADU")
    refusal = Outcome.answered(Reply("RCPT", 550, HOSTILE))
    transport.outcomes += [refusal] * 4
    steps.send_due(app)


def test_what_needs_somebody_comes_first_with_its_next_step(
    app: App, clock: FakeClock, transport: FakeTransport, browser: Browser
) -> None:
    refused(app, clock, transport)
    shown = browser.get(f"{HERE}/unreached")
    assert "2 of 2 are not surely reached" in shown
    assert "Needs you" in shown
    assert f"{HERE}/resend?authority=OXO" not in shown
    assert 'href="/authorities/OXO">Enter another contact' in shown
    steps.appointed(app, "OXO", "new@oxo.example")
    assert f"{HERE}/resend?authority=OXO" in browser.get(f"{HERE}/unreached")


def test_all_reached_is_said(app: App, clock: FakeClock, browser: Browser) -> None:
    steps.released(app, clock, "OXO")
    steps.send_due(app)
    assert "All 1 are reached" in browser.get(f"{HERE}/unreached")


def test_the_spreadsheet_begins_with_the_mark_and_is_on_record_before_anybody_has_it(
    app: App, clock: FakeClock, transport: FakeTransport, browser: Browser
) -> None:
    refused(app, clock, transport)
    answer = browser.send(f"{HERE}/unreached.csv", page=f"{HERE}/unreached")
    assert answer.data.startswith(b"\xef\xbb\xbfauthority,name,why")
    assert AUDIT_EXPORTED.action in steps.actions(app)


def test_what_a_server_said_is_text_on_every_page(
    app: App, clock: FakeClock, transport: FakeTransport, browser: Browser
) -> None:
    refused(app, clock, transport)
    delivery = next(iter(steps.deliveries_of(app).values())).id
    for address in (f"/deliveries/{delivery}", f"{HERE}/deliveries?shown=failed"):
        shown = browser.get(address)
        assert "<script>alert" not in shown
        assert "&lt;script&gt;alert(1)" in shown


def test_the_live_part_says_nothing_new_and_ends(
    app: App, clock: FakeClock, browser: Browser
) -> None:
    steps.released(app, clock, "OXO")
    board = browser.get(HERE)
    assert 'hx-trigger="tick"' in board
    seen = board.partition(f"{HERE}/live?seen=")[2].partition('"')[0]
    browser.get(f"{HERE}/live?seen={seen}", 204)
    steps.send_due(app)
    steps.tick(app)
    assert "hx-trigger" not in browser.get(HERE)


def test_the_first_page_says_what_needs_somebody(
    app: App, clock: FakeClock, transport: FakeTransport, browser: Browser
) -> None:
    assert "No date is ahead" in browser.get("/")
    refused(app, clock, transport)
    shown = browser.get("/")
    assert "2 of 2 are not surely reached" in shown
    assert "No clock and no worker seen lately" in shown


def test_before_the_release_nobody_is_listed(app: App, browser: Browser) -> None:
    steps.approved(app, "OXO", "ADU")
    shown = browser.get(f"/mailouts/{steps.NAME}/unreached")
    assert "No letter has left yet" in shown
    assert "2 authorities have a letter" in shown
