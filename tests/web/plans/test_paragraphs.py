"""Paragraphs for one authority on their pages."""

from __future__ import annotations

from datetime import date

from dispatch.app import App
from dispatch.domain.people.account import AccountRole
from tests import steps
from tests.factories import a_mailout
from tests.web.browser import Browser

PAGES = f"/mailouts/{steps.NAME}/plan/paragraphs"
OXFORD = f"{PAGES}/OXO"


def written(app: App) -> dict[str, str]:
    return dict(steps.mailout_of(app).plan.bespoke)


def test_paragraphs_are_looked_at_saved_and_removed(app: App, browser: Browser) -> None:
    steps.planned(app)
    looked = browser.send(OXFORD, bespoke="One **service**.\r\n\r\n* a", preview="yes")
    assert '<p class="govuk-body">One <strong>service</strong>.</p>' in looked.text
    assert '<ul class="govuk-list govuk-list--bullet">' in looked.text
    assert written(app) == {}
    assert browser.send(OXFORD, bespoke="One **service**.\r\n\r\n* a").location == PAGES
    assert written(app) == {"OXO": "One **service**.\n\n* a"}
    assert "One **service**. * a …" in browser.get(PAGES)
    browser.send(OXFORD, bespoke=" ")
    assert written(app) == {}


FAULTS = (
    ("One\r\n\r\n<script>alert(1)</script>", "Line 3: &#34;&lt;script&gt;&#34; would print"),
    ("**bold", "bold has two stars on both sides"),
    ("![x](none.svg)", "there is no picture none.svg"),
    ("x " * 11_000, "at most 20,000 are allowed"),
)


def test_a_fault_is_said_with_its_line_and_nothing_is_saved(app: App, browser: Browser) -> None:
    steps.planned(app)
    for text, said in FAULTS:
        answer = browser.send(OXFORD, bespoke=text)
        assert answer.status_code == 400, text
        assert said in answer.text, text
        assert "<script>alert" not in answer.text
    assert written(app) == {}


def test_last_years_paragraphs_are_shown_and_not_taken_over(app: App, browser: Browser) -> None:
    steps.planned(app)
    with app.sessions.begin() as session:
        before = {"name": "before", "year": "2018-19", "year_end": date(2019, 3, 31)}
        a_mailout(session, bespoke={"OXO": "Last <b>year's</b> words."}, **before)
    shown = browser.get(PAGES)
    assert "Only in before" in shown
    assert "Write anew" in shown
    assert "Last &lt;b&gt;year&#39;s&lt;/b&gt; words." in browser.get(OXFORD)
    assert written(app) == {}


def test_an_authority_is_found_by_its_code(app: App, browser: Browser) -> None:
    steps.planned(app)
    assert browser.client.get(f"{PAGES}?code=oxo").location == OXFORD
    assert browser.client.get(f"{PAGES}?code=oxford+city").location == f"{PAGES}/OXO"
    said = "No authority, or more than one, has the code or the name “XXX”"
    assert said in browser.get(f"{PAGES}?code=XXX", 404)
    browser.get(f"{PAGES}/XXX", 404)


def test_a_viewer_sees_paragraphs_and_cannot_write_them(
    app: App, browser: Browser, visitors: list[AccountRole | None]
) -> None:
    steps.planned(app, bespoke={"OXO": "Words."})
    hidden = browser.fields(OXFORD)
    visitors.append(AccountRole.VIEWER)
    assert "<textarea" not in browser.get(OXFORD)
    answer = browser.client.post(OXFORD, data={**hidden, "bespoke": "x"})
    assert answer.status_code == 403
    assert written(app) == {"OXO": "Words."}
