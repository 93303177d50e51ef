"""Files brought in by pages: refused, mended, shown, and taken in."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from html import unescape
from typing import Any

import pytest
from werkzeug.test import TestResponse

from dispatch.app import App
from dispatch.database.tables import StagedFile, StagedLine
from dispatch.domain.mailout import MailoutState
from dispatch.domain.people.account import AccountRole
from dispatch.register import staging
from dispatch.register.file_kinds import KINDS
from dispatch.register.store import contacts
from dispatch.worker import jobs
from dispatch.worker.means import Means
from tests import factories
from tests.factories import a_mailout
from tests.files.tables.written import csv_of, xlsx_of
from tests.web.browser import Browser

HEADINGS = ["authority", "role", "address", "honorific", "surname"]
SMITH = ["OXO", "chief executive", "jo@oxo.example", "Mr", "Smith"]
SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def office(app: App) -> App:
    """An office with two authorities, each with two contacts."""
    with app.sessions.begin() as session:
        factories.register(session, "OXO", "ADU")
    return app


def bring(
    browser: Browser, content: bytes, name: str = "contacts.csv", **values: Any
) -> TestResponse:
    file = (io.BytesIO(content), name)
    return browser.send("/imports/new", **{"kind": "contacts", "file": file, **values})


def brought(browser: Browser, *rows: list[str], **values: Any) -> str:
    """Bring in contacts, and return the address of their page."""
    answer = bring(browser, csv_of(HEADINGS, *rows), **values)
    assert answer.status_code == 303, answer.text
    return str(answer.location)


def addresses(app: App) -> set[str]:
    with app.sessions.read() as session:
        return {each.address for each in contacts.current(session).values()}


def rows_of(page: str) -> list[str]:
    """Return the text of each row of a page's table."""
    body = page.partition("<tbody")[2].partition("</tbody")[0]
    return [
        " ".join(re.sub(r"<[^>]*>", " ", f"<tr{each}").split()) for each in body.split("<tr")[1:]
    ]


def test_a_file_is_shown_with_what_it_changes_and_taken_in_once_agreed_to(
    office: App, browser: Browser
) -> None:
    assert "No file has come in" in browser.get("/imports")
    address = brought(browser, SMITH, ["ADU", "leader", "al@adu.example", "Dr", "Jones"])

    shown = browser.get(address)

    assert "1 new, 1 changed" in " ".join(shown.split())
    changed, new = rows_of(shown)
    assert "surname: was Adeyemi → becomes Smith" in changed
    assert "Dr Jones" in new
    assert "Take in 2 changes" in shown
    assert "jo@oxo.example" not in addresses(office)

    answer = browser.send(address, because="the link officers' round")

    assert (answer.status_code, answer.location) == (303, address)
    assert {"jo@oxo.example", "al@adu.example"} <= addresses(office)
    after = browser.get(address)
    assert "contacts.csv is taken in: 2 changes." in after
    assert "Taken in by Sam Okafor" in after
    assert "Take in 2" not in after
    assert "taken in by Sam Okafor" in browser.get("/imports")
    assert browser.get(f"{address}/file").splitlines()[0] == ",".join(HEADINGS)


def test_an_approval_that_it_takes_back_is_said_before(office: App, browser: Browser) -> None:
    with office.sessions.begin() as session:
        mailout = a_mailout(session)
        mailout.state, mailout.approved_by = MailoutState.APPROVED, "Priya Nair"
        mailout.approved_at, mailout.approved_digest = office.clock(), "0" * 64
    shown = browser.get(brought(browser, SMITH))
    assert "1 letter changes (OXO)" in shown
    assert "This takes back the approval by Priya Nair" in shown


def test_what_changed_since_it_was_shown_is_answered_with_409(
    office: App, browser: Browser
) -> None:
    first = brought(browser, SMITH, ["ADU", "leader", "al@adu.example", "Dr", "Jones"])
    other = brought(browser, SMITH)
    seen = browser.fields(first)
    browser.send(other)

    answer = browser.client.post(first, data=seen)

    assert answer.status_code == 409
    said = unescape(re.sub(r"\s+", " ", answer.text))
    assert "Nothing was taken in: this has changed since you looked" in said
    assert "No longer so:" in said
    assert "OXO chief executive: address chief.executive@oxo.example → jo@oxo.example" in said
    assert "Take in 1 change" in said
    assert "al@adu.example" not in addresses(office)
    assert browser.send(first).status_code == 303
    assert "al@adu.example" in addresses(office)
    assert browser.client.post(first, data=seen).status_code == 409


def test_faulty_rows_are_shown_alone_by_their_numbers_and_given_back(
    office: App, browser: Browser
) -> None:
    rows = [SMITH, ["OXX", "leader", "al@oxo.example", "Dr", "Jones"]]
    address = brought(browser, *rows, [], ["ADU", "leadr", "al@adu", "Dr", "Ng"])

    shown = browser.get(address)

    assert "2 rows have something wrong." in shown
    first, second = rows_of(shown)
    assert first.startswith("3 : something is wrong OXX Wrong: is not the code")
    assert second.startswith("5 ")
    assert "Take in" not in shown
    answer = browser.client.get(f"{address}/what-is-wrong.csv")
    assert answer.mimetype == "text/csv"
    assert "contacts - what is wrong.csv" in answer.headers["Content-Disposition"]
    assert answer.data.startswith(b"\xef\xbb\xbf")
    back = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert [bool(each[-1]) for each in back] == [True, False, True, False, True]

    corrected = answer.data.replace(b"OXX", b"OXO").replace(b"leadr", b"leader")
    again = bring(browser, corrected.replace(b"al@adu,", b"al@adu.example,"))
    assert "Take in 3 changes" in browser.get(str(again.location))


def test_a_long_table_is_shown_in_pages(office: App, browser: Browser) -> None:
    wrong = [["XX" + chr(65 + n % 26), "leader", f"a{n}@oxo.example", "", ""] for n in range(60)]
    address = brought(browser, *wrong)
    first = browser.get(address)
    assert "50 of 60" in first
    last = browser.get(f"{address}?after=50")
    assert (len(rows_of(first)), len(rows_of(last))) == (50, 10)
    assert rows_of(last)[0].startswith("52 ")
    assert "?after=" not in last.partition("</table>")[2]


@pytest.mark.parametrize(
    ("content", "name", "expected"),
    [
        (b"%PDF-1.7\n", "contacts.csv", "This is a PDF; put the table into a spreadsheet"),
        (b"authority\n\0OXO\n", "a/b\0.csv", "there is a zero byte in the text"),
        (b"a\n" * 200_000, "a.csv", "More than 100000 rows"),
        (b"", "a.csv", "The file is empty"),
        (b"PK\x03\x04bomb", "a.xlsx", "This spreadsheet cannot be read"),
        (
            csv_of(["authority", "year"], ["OXO", "2019-20"]),
            "a.csv",
            "This is a file of figures, not of contacts: choose “figures” above",
        ),
    ],
)
def test_what_is_not_a_table_is_said_in_a_sentence_at_the_field(
    office: App, browser: Browser, content: bytes, name: str, expected: str
) -> None:
    answer = bring(browser, content, name)
    assert answer.status_code == 400
    assert 'class="govuk-error-message"' in answer.text
    assert expected in unescape(answer.text)
    assert "dispatch import" not in answer.text
    with office.sessions.read() as session:
        assert session.query(StagedFile).count() == 0


def test_a_form_without_a_file_or_a_kind_is_asked_for_them(browser: Browser) -> None:
    answer = browser.send("/imports/new")
    assert answer.status_code == 400
    assert "Choose a file" in answer.text
    assert "Choose what is in the file" in answer.text
    file = (io.BytesIO(csv_of(HEADINGS)), "a.csv")
    assert browser.send("/imports/new", kind="letters", file=file).status_code == 400


def test_a_file_of_30_mb_is_refused_before_it_is_read(browser: Browser) -> None:
    said = {"CONTENT_LENGTH": str(30 * 1024 * 1024)}
    answer = browser.client.post("/imports/new", data={"kind": "figures"}, environ_overrides=said)
    assert answer.status_code == 413
    assert "at most 20 MB" in answer.text


def test_contacts_before_authorities_are_sent_to_those_first(browser: Browser) -> None:
    answer = bring(browser, csv_of(HEADINGS, SMITH))
    assert answer.status_code == 400
    assert 'href="/imports/new?kind=authorities"' in answer.text


def test_columns_are_passed_over_once_a_person_says_so(office: App, browser: Browser) -> None:
    content = csv_of([*HEADINGS, "Fax", "Floor"], [*SMITH, "1", "2"])
    address = str(bring(browser, content).location)
    shown = browser.get(address)
    assert "are not columns of this kind of file" in shown
    assert "--ignore-unknown" not in shown
    browser.send(f"{address}/reading", address, ignores_unknown="y")
    assert "Columns passed over: &#34;Fax&#34;, &#34;Floor&#34;." in browser.get(address)


def test_addresses_of_other_authorities_domains_need_a_look(office: App, browser: Browser) -> None:
    address = brought(browser, ["OXO", "leader", "jo@adu.example", "Ms", "Ng"])
    assert "has an address of the domain of ADU" in browser.get(address)
    answer = browser.send(address)
    assert answer.status_code == 400
    assert "Say that you have looked at the addresses" in answer.text
    assert browser.send(address, looked="y").status_code == 303
    assert "jo@adu.example" in addresses(office)


def test_a_large_file_is_read_by_a_worker_while_the_page_waits(
    office: App, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staging, "AT_ONCE", 1)
    office.settings.home.mkdir(exist_ok=True)
    means = Means(office, lambda *_: None)
    address = brought(browser, SMITH)
    assert "It waits for a worker" in browser.get(address)
    jobs.do_jobs(means)
    assert "Take in 1 change" in browser.get(address)
    assert browser.send(address).status_code == 303
    assert "A worker takes it in, as Sam Okafor has agreed" in browser.get(address)
    jobs.do_jobs(means)
    assert "Taken in by Sam Okafor" in browser.get(address)


def test_what_strangers_wrote_is_text(office: App, browser: Browser) -> None:
    name = f"{SCRIPT}{{{{7**9}}}}.csv"
    headings = [*HEADINGS, SCRIPT]
    faulty = csv_of(headings, [*SMITH, SCRIPT], [SCRIPT] * 6)
    fine = csv_of(HEADINGS, ["OXO", "leader", "jo@oxo.example", SCRIPT, "{{7**9}}"])
    at_headings = str(bring(browser, faulty, name).location)
    browser.send(f"{at_headings}/reading", at_headings, ignores_unknown="y")
    in_rows = brought(browser, [SCRIPT, SCRIPT, SCRIPT, SCRIPT, SCRIPT])
    different = str(bring(browser, fine, name).location)
    for address in (at_headings, in_rows, different, "/imports"):
        page = browser.get(address)
        assert SCRIPT not in page
        assert "40353607" not in page
    assert "script&gt;" in browser.get(at_headings)


def test_a_reading_that_somebody_changed_is_offered_to_be_read_again(
    office: App, browser: Browser
) -> None:
    address = brought(browser, SMITH)
    with office.sessions.begin() as session:
        session.query(StagedLine).delete()
    shown = browser.get(address)
    assert "is not what was read in this file" in unescape(shown)
    browser.send(f"{address}/reading", address)
    assert "Take in 1 change" in browser.get(address)


def test_each_kind_has_an_example_that_comes_in(office: App, browser: Browser) -> None:
    for kind in KINDS:
        content = browser.client.get(f"/imports/examples/{kind}.csv").data
        answer = bring(browser, content, f"{kind}.csv", kind=kind)
        assert answer.status_code == 303, answer.text
        assert "Take in" in browser.get(str(answer.location))
    browser.get("/imports/examples/letters.csv", 404)


def test_a_spreadsheet_comes_in_as_a_csv_does(office: App, browser: Browser) -> None:
    answer = bring(browser, xlsx_of(HEADINGS, SMITH), "contacts.xlsx")
    assert "Take in 1 change" in browser.get(str(answer.location))


def test_the_list_goes_on_by_key(
    office: App, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dispatch.web.register.imports.ROWS", 2)
    for _ in range(3):
        brought(browser, SMITH)
    first = browser.get("/imports")
    [more] = re.findall(r'href="(/imports\?after=[^"]*)"', first)
    assert (len(rows_of(first)), len(rows_of(browser.get(unescape(more))))) == (2, 1)
    browser.get("/imports?after=nothing")


def test_a_viewer_looks_and_changes_nothing(
    office: App, browser: Browser, visitors: list[AccountRole | None]
) -> None:
    address = brought(browser, SMITH)
    fields = browser.fields(address)
    visitors.append(AccountRole.VIEWER)
    shown = browser.get(address)
    assert "surname" in shown
    assert "Take in" not in shown
    for refused in (address, f"{address}/reading", "/imports/new"):
        assert browser.client.post(refused, data=fields).status_code == 403
    for refused in ("/imports/new", f"{address}/file", f"{address}/what-is-wrong.csv"):
        browser.get(refused, 403)
    assert "jo@oxo.example" not in addresses(office)


def test_a_complete_file_ends_those_who_are_not_in_it(office: App, browser: Browser) -> None:
    address = brought(browser, SMITH, is_complete="y")
    shown = browser.get(address)
    assert "ADU chief executive" in " ".join(rows_of(shown))
    assert "No chief executive is left to write to at ADU." in shown
    browser.send(address)
    assert "chief.executive@adu.example" not in addresses(replace(office))
