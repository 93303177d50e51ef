"""Begin a mailout on a page."""

from __future__ import annotations

from datetime import date
from io import BytesIO
from typing import Any

from dispatch.app import App
from dispatch.domain.hours import SendingDays
from dispatch.domain.mailout import Averaging, Plan
from dispatch.domain.people.account import AccountRole
from dispatch.domain.register.figures import Average
from dispatch.files.plan.bundle import zipped
from dispatch.files.plan.written import files_of, toml
from dispatch.mailouts.store import mailout_named, mailouts
from tests import steps
from tests.factories import a_plan
from tests.web.browser import Browser

NEXT = {
    "name": "annual-review-2021",
    "title": "Annual Review letter 2021",
    "year": "2020-21",
    "year_end": "31/03/2021",
    "dates__letter": "21/07/2021",
    "dates__send_at": "09:00",
    "dates__not_after": "27/07/2021 17:00",
    "dates__upload": "28/07/2021",
}
FROM = f"/mailouts/new?from={steps.NAME}"


def plan_of(app: App, name: str) -> Plan:
    with app.sessions.read() as session:
        return mailout_named(session, name).plan


def test_each_way_to_begin_is_offered_to_an_editor_alone(
    app: App, browser: Browser, visitors: list[AccountRole | None]
) -> None:
    assert "no mailout yet to begin from" in browser.get("/mailouts/new")
    steps.planned(app)
    assert f'href="{FROM}"' in browser.get("/mailouts/new")
    visitors.append(AccountRole.VIEWER)
    browser.get("/mailouts/new", 403)


def test_a_mailout_is_begun_from_last_years(app: App, browser: Browser) -> None:
    steps.planned(app, bespoke={"OXO": "Last year's words."})
    shown = browser.get(FROM)
    assert all(f'value="{value}"' in shown for value in NEXT.values())
    assert "the paragraphs of their own for OXO" in shown
    answer = browser.send("/mailouts/new", FROM, **NEXT)
    assert (answer.status_code, answer.location) == (302, "/mailouts/annual-review-2021/plan")
    plan = plan_of(app, "annual-review-2021")
    assert (plan.letter_date, plan.bespoke) == (date(2021, 7, 21), {})
    assert plan.constants == a_plan().constants


FAULTS = (
    ({"name": steps.NAME}, "there is a mailout of this name already"),
    ({"name": "Annual Review"}, "“Annual Review” is not a slug"),
    ({"dates__letter": "24/07/2021"}, "is a Saturday, and letters leave on working days only"),
    ({"dates__upload": "20/07/2021"}, "Upload date: “2021-07-20” is not after"),
    ({"year": "2021"}, "Year of the figures: “2021” is not a year of data"),
    ({"year_end": ""}, "The day on which that year ended is missing"),
)


def test_each_fault_is_said_at_its_field(app: App, browser: Browser) -> None:
    steps.planned(app, sending_days=SendingDays.WORKING)
    for fields, said in FAULTS:
        answer = browser.send("/mailouts/new", FROM, **{**NEXT, **fields})
        assert answer.status_code == 400, fields
        assert said in answer.text, fields
    with app.sessions.read() as session:
        assert len(mailouts(session)) == 1


def test_this_years_averages_are_asked_for(app: App, browser: Browser) -> None:
    groups, measures = a_plan().groups, a_plan().measures
    averages = {group: {each.key: Average(percent=1) for each in measures} for group in groups}
    steps.planned(app, averaging=Averaging.GIVEN, given_averages=averages)
    assert "This year&#39;s published averages" in browser.get(FROM)
    assert "needs a file" in browser.send("/mailouts/new", FROM, **NEXT).text
    rows = [f"{group},{each.key},7" for group in groups for each in measures]
    file = BytesIO("\n".join(["group,measure,percent", *rows]).encode())
    browser.send("/mailouts/new", FROM, **NEXT, file=(file, "averages.csv"))
    plan = plan_of(app, "annual-review-2021")
    assert plan.given_averages[groups[0]][measures[0].key].percent == 7


def test_a_first_mailout_is_begun_from_nothing(app: App, browser: Browser) -> None:
    answer = browser.send(
        "/mailouts/new",
        "/mailouts/new?from=nothing",
        **NEXT,
        template="annual-review",
        inclusion__kinds="council",
        signatory__name="Jo Bell",
        signatory__lines="Ombudsman",
    )
    assert answer.status_code == 302, answer.text
    plan = plan_of(app, "annual-review-2021")
    assert (plan.signatory.name, plan.constants, plan.bespoke) == ("Jo Bell", {}, {})
    assert "Seminar delegates" in browser.get("/mailouts/annual-review-2021/plan/facts")


def upload(browser: Browser, name: str, content: bytes) -> Any:
    return browser.send("/mailouts/new/file", "/mailouts/new", file=(BytesIO(content), name))


def test_a_mailout_is_begun_from_a_file_or_an_archive(app: App, browser: Browser) -> None:
    one, two = a_plan(name="one"), a_plan(name="two", bespoke={"OXO": "Words."})
    assert upload(browser, "one.toml", toml(one)).location == "/mailouts/one/plan"
    assert upload(browser, "two.zip", zipped(files_of(two, {}))).location == "/mailouts/two/plan"
    assert (plan_of(app, "one"), plan_of(app, "two")) == (one, two)
    again = upload(browser, "one.toml", toml(one))
    assert again.status_code == 400
    assert "one: there is a mailout of this name already" in again.text


WRONG = (
    ("plan.toml", b"name = \n", "cannot be read as TOML"),
    ("plan.toml", toml(a_plan()).replace(b"title", b"titel"), "did you mean title?"),
    ("plan.zip", b"PK\x03\x04", "this ZIP file cannot be read"),
    ("plan.pdf", b"%PDF-1.7\0", "cannot be read as TOML"),
    ("<b>.toml", b"", "&lt;b&gt;.toml: the file is empty"),
)


def test_what_is_wrong_with_a_file_is_said(browser: Browser) -> None:
    for name, content, said in WRONG:
        answer = upload(browser, name, content)
        assert answer.status_code == 400, name
        assert said in answer.text, name


def test_no_file_at_all_is_said(browser: Browser) -> None:
    answer = browser.send("/mailouts/new/file", "/mailouts/new")
    assert answer.status_code == 400
    assert "Choose a file" in answer.text
