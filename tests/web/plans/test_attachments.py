"""Spreadsheets for one authority, on their page."""

from __future__ import annotations

import io
from html import unescape
from typing import Any

from werkzeug.test import TestResponse

from dispatch.app import App
from dispatch.database.tables import StagedFile
from dispatch.domain.people.account import AccountRole
from tests import steps
from tests.files.tables.written import csv_of, xlsx_of
from tests.web.browser import Browser

PAGE = f"/mailouts/{steps.NAME}/plan/attachments"
CASES = csv_of(["case", "decision"], ["1", "upheld"])
OTHER = "cases {{7}}.csv"
SCRIPT = "<script>alert(1)<script>.csv"


def upload(browser: Browser, *files: tuple[str, bytes]) -> TestResponse:
    sent = [(io.BytesIO(content), name) for name, content in files]
    return browser.send(f"{PAGE}/files", PAGE, files=sent)


def attached(app: App) -> dict[str, list[str]]:
    plan = steps.mailout_of(app).plan
    return {code: [each.name for each in files] for code, files in plan.attachments.items()}


def ids(app: App) -> dict[str, str]:
    with app.sessions.read() as session:
        return {each.name: str(each.id) for each in session.query(StagedFile)}


def test_files_are_matched_by_their_names_and_put_into_the_plan(app: App, browser: Browser) -> None:
    steps.planned(app, "OXO", "ADU")
    answer = upload(
        browser, ("OXO.csv", CASES), ("Adur cases.xlsx", xlsx_of(["x"])), (OTHER, CASES)
    )
    assert answer.status_code == 303, answer.text
    shown = browser.get(PAGE)
    assert "1 without an authority" in shown
    assert attached(app) == {}
    aside = ids(app)

    fields: dict[str, Any] = {f"authority-{aside['OXO.csv']}": "OXO"}
    fields[f"authority-{aside['Adur cases.xlsx']}"] = "adur"
    browser.send(PAGE, **fields, **{f"authority-{aside[OTHER]}": ""})

    assert attached(app) == {"OXO": ["OXO.csv"], "ADU": ["Adur cases.xlsx"]}
    assert set(ids(app)) == {OTHER}
    assert "Kept aside" in browser.get(PAGE)
    assert "Kept aside" not in browser.send(PAGE, drop=aside[OTHER]).text
    assert ids(app) == {}

    [file] = steps.mailout_of(app).plan.attachments["OXO"]
    browser.send(PAGE, out=f"OXO {file.sha256}")
    assert attached(app) == {"ADU": ["Adur cases.xlsx"]}


def test_what_may_not_be_attached_is_said_and_the_others_are_kept(
    app: App, browser: Browser
) -> None:
    steps.planned(app, "OXO")
    wrong = (
        ("OXO.pdf", b"%PDF-1.7"),
        ("OXO.xlsx", CASES),
        (SCRIPT, CASES),
        ("large.csv", b"x" * (5 * 1024 * 1024 + 1)),
    )
    for each in wrong[:3]:
        answer = upload(browser, each)
        assert answer.status_code == 400
        assert each[0] not in answer.text or each[0] != SCRIPT
        assert each[0] in unescape(answer.text)
    assert upload(browser).status_code == 400
    assert ids(app) == {}
    upload(browser, ("cases/OXO.csv", CASES), ("a\0b.csv", CASES))
    assert set(ids(app)) == {"OXO.csv", "ab.csv"}
    upload(browser, ("OXO.csv", CASES))
    assert len(ids(app)) == 2


def test_whose_a_file_is_must_be_known_and_nobody_gets_too_many(app: App, browser: Browser) -> None:
    steps.planned(app, "OXO")
    upload(browser, *((f"{n}.csv", CASES + bytes(str(n), "ascii")) for n in range(4)))
    fields = {f"authority-{each}": "Oxfrd" for each in ids(app).values()}
    answer = browser.send(PAGE, **fields)
    assert answer.status_code == 400
    assert "is not the code or the name of an authority; did you mean OXO?" in answer.text
    answer = browser.send(PAGE, **dict.fromkeys(fields, "oxo"))
    assert "OXO would have 4 files; at most 3 are allowed" in unescape(answer.text)
    assert attached(app) == {}


def test_what_it_makes_void_is_shown_first(app: App, browser: Browser) -> None:
    steps.approved(app, "OXO")
    upload(browser, ("OXO.csv", CASES))
    [aside] = ids(app).values()
    answer = browser.send(PAGE, **{f"authority-{aside}": "OXO"})
    assert answer.status_code == 200
    assert f"Change the plan of {steps.NAME}?" in answer.text
    assert attached(app) == {}
    hidden = browser.fields
    sent = {**hidden(PAGE), f"authority-{aside}": "OXO"}
    agreed = answer.text.partition('name="agreed" value="')[2].rpartition('name="agreed" value="')
    digest = agreed[2].partition('"')[0] or agreed[0].partition('"')[0]
    assert browser.client.post(PAGE, data={**sent, "agreed": digest}).status_code in {302, 303}
    assert attached(app) == {"OXO": ["OXO.csv"]}


def test_a_viewer_sees_them_and_changes_nothing(
    app: App, browser: Browser, visitors: list[AccountRole | None]
) -> None:
    steps.planned(app, "OXO")
    upload(browser, ("OXO.csv", CASES))
    fields = browser.fields(PAGE)
    visitors.append(AccountRole.VIEWER)
    assert "Upload files" not in browser.get(PAGE)
    for place in (PAGE, f"{PAGE}/files"):
        assert browser.client.post(place, data=fields).status_code == 403
