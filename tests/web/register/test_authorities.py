from __future__ import annotations

from dispatch.app import App
from dispatch.database.tables import AuthorityRow
from tests import steps
from tests.fakes import FakeClock
from tests.notices import a_bounce, came, token
from tests.web.browser import Browser


def test_an_authority_is_found_by_what_is_typed(app: App, browser: Browser) -> None:
    steps.planned(app, "ADU", "OXO")
    assert "/authorities/OXO" in browser.get("/authorities?q=oxf")
    assert "No authority is called “zzz”" in browser.get("/authorities?q=zzz")
    every = browser.get("/authorities")
    assert every.index("Adur City Council") < every.index("Oxford City Council")


def test_without_a_search_who_has_nobody_in_post_comes_first(app: App, browser: Browser) -> None:
    with app.sessions.begin() as session:
        session.add(AuthorityRow(code="BIR", name="B", official_name="B City", kind="council"))
    assert "1 authority has nobody in post as chief executive" in browser.get("/authorities")


def test_an_authority_is_shown_with_all_that_was_sent_and_came_back(
    app: App, browser: Browser, clock: FakeClock
) -> None:
    steps.released(app, clock, cc_roles=())
    steps.send_due(app)
    [delivery] = steps.deliveries_of(app).values()
    came(app, a_bounce(delivery), token(app, delivery))
    steps.appointed(app, "OXO", "new@oxo.example")
    shown = browser.get("/authorities/oxo")
    for part in (
        f"/deliveries/{delivery.id}",
        f"/mailouts/{steps.NAME}/resend?authority=OXO",
        "Hard bounce",
        "chief.executive@oxo.example",
        "/authorities/OXO/contacts/chief-executive",
    ):
        assert part in shown
    assert "no authority has the code" in browser.get("/authorities/XYZ", 404).lower()
