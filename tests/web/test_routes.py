"""Every route by every role, and what no answer of any route may do.

The table is the map of addresses itself, so that a new route is in it without a word here.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from io import BytesIO
from itertools import islice, product
from typing import Final
from urllib.parse import quote, urlencode, urlsplit
from uuid import UUID

import pytest
from gunicorn.config import Config
from sqlalchemy import select
from werkzeug.http import parse_options_header
from werkzeug.test import TestResponse

from dispatch.app import App
from dispatch.database import DatabaseTrouble
from dispatch.database.tables import (
    AccountRow,
    AuditSearch,
    ContactRow,
    Delivery,
    Letter,
    StagedFile,
)
from dispatch.documents import Templates
from dispatch.domain.people.account import AccountRole
from dispatch.people import visits
from dispatch.register import staging
from dispatch.register.file_kinds import File
from dispatch.web.__main__ import HOW, Log
from dispatch.web.headers import POLICY
from dispatch.web.inbox import notices
from dispatch.web.site import MOST_BYTES
from tests import steps
from tests.conftest import app_of_many_tests
from tests.factories import a_mailout, a_word, register
from tests.fakes import FakeClock
from tests.journeys import offices
from tests.people import office as people
from tests.web.browser import Browser, an_account
from tests.web.pages import pages_of
from tests.web.walk import UNKNOWN, Walk, logging_to, only_reading, statements, written

ROLES: Final = (None, *AccountRole)


@pytest.fixture(scope="module")
def walk(
    migrated: str, templates: Templates, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Walk]:
    folder = tmp_path_factory.mktemp("routes")
    with app_of_many_tests(migrated, folder, templates) as app:
        assert isinstance(app.clock, FakeClock)
        offices.sent(app, app.clock)
        offices.files_came(app, app.clock)
        signed_in = {
            role: people.signed_in(app, people.joined(app, role).account) for role in AccountRole
        }
        yield Walk(app, pages_of(app), signed_in, UNKNOWN | offices.values(app))
        notices.viewer.close()


@dataclass(frozen=True)
class Asked:
    """A request, and what came of it."""

    declared: AccountRole | None
    role: AccountRole | None
    place: str
    status: int
    headers: dict[str, str]

    def __str__(self) -> str:
        return f"{self.place} by {self.role or 'nobody'}: {self.status} {self.headers}"


@dataclass
class Looks:
    """What happened while every page was opened by everybody: answers, statements and the log."""

    asked: list[Asked] = field(default_factory=list)
    writing: list[str] = field(default_factory=list)
    logged: list[str] = field(default_factory=list)


OPEN: Final = frozenset({200, 204, 302, 404})
"""What a page answers to those for whom it is."""
REFUSES_NOW: Final = {"/deliveries/<uuid:delivery_id>/settle": 409}
"""Pages of something that is over say so, and show what it came to."""
OF_PROGRAMS: Final = ("/api/", "/metrics")


@pytest.fixture(scope="module")
def looks(walk: Walk) -> Looks:
    """Every address of this office opened, on a database that takes no writing.

    All addresses of a route by whom it is declared for, and the first of them by everybody else.
    """
    found = Looks()
    with only_reading(walk.app, found.writing), logging_to(found.logged):
        for role, rule in product(ROLES, walk.rules("GET")):
            places = walk.places(rule)
            is_first = role is not walk.declared(rule)
            for place in islice(places, 1) if is_first else places:
                answer = walk.ask(role, "GET", place)
                headers = dict(answer.headers)
                asked = Asked(walk.declared(rule), role, rule.rule, answer.status_code, headers)
                found.asked.append(asked)
    with logging_to(found.logged):
        for role, rule in product(ROLES, walk.rules("POST")):
            place = next(walk.places(rule))
            answer = walk.ask(role, "POST", place)
            asked = Asked(walk.declared(rule), role, rule.rule, answer.status_code, {})
    return found


def test_a_page_is_open_to_whom_it_is_declared_for_and_to_nobody_else(looks: Looks) -> None:
    assert [str(each) for each in looks.asked if not _is_as_declared(each)] == []


def _is_as_declared(asked: Asked) -> bool:
    if asked.place.startswith(OF_PROGRAMS):
        return asked.status in {401, 404}  # nobody's sign-in opens what is for programs
    if asked.declared is None or (asked.role and _may(asked.role, asked.declared)):
        return asked.status in OPEN | {REFUSES_NOW.get(asked.place)}
    if asked.role is None:
        return asked.status == 302 and asked.headers["Location"].startswith("/sign-in?next=")
    return asked.status == 403


def _may(role: AccountRole, declared: AccountRole) -> bool:
    return declared in WHO_MAY[role]


# Not `MAY` itself, so that a mistake in it is seen here.
WHO_MAY: Final = {
    AccountRole.VIEWER: {AccountRole.VIEWER},
    AccountRole.EDITOR: {AccountRole.VIEWER, AccountRole.EDITOR},
    AccountRole.APPROVER: {AccountRole.VIEWER, AccountRole.EDITOR, AccountRole.APPROVER},
    AccountRole.ADMIN: {AccountRole.VIEWER, AccountRole.ADMIN},
}


def test_looking_at_a_page_writes_nothing(looks: Looks) -> None:
    assert looks.writing == []


def test_the_database_of_these_tests_does_refuse_to_be_written_to(walk: Walk) -> None:
    def write() -> None:
        with walk.app.sessions.read() as session:
            session.add(AuditSearch(person="x", asked_at=walk.app.clock(), wanted={}))
            session.flush()

    writing: list[str] = []
    with only_reading(walk.app, writing), pytest.raises(DatabaseTrouble):
        write()
    assert writing


def test_a_page_is_shown_where_it_cannot_be_noted_that_somebody_is_there(walk: Walk) -> None:
    clock = walk.app.clock
    assert isinstance(clock, FakeClock)
    clock.now += visits.SEEN_EVERY
    writing: list[str] = []
    with only_reading(walk.app, writing):
        assert walk.ask(AccountRole.VIEWER, "GET", "/mailouts").status_code == 200
    clock.now -= visits.SEEN_EVERY
    assert writing


def test_every_answer_says_what_a_browser_may_do_with_it(looks: Looks) -> None:
    wrong = [str(each) for each in looks.asked if not _is_guarded(each)]
    assert wrong == []


def _is_guarded(asked: Asked) -> bool:
    policy = asked.headers.get("Content-Security-Policy", "")
    kept = asked.headers.get("Cache-Control", "")
    is_asset = asked.place.startswith("/static/") and asked.status == 200
    is_narrow = "default-src 'none'" in policy and "unsafe-eval" not in policy
    return is_narrow and (is_asset or "no-store" in kept)


@pytest.mark.parametrize("place", ["/nowhere", "/api/v1/nothing", "/static/0/x.css"])
def test_an_error_says_it_as_well(walk: Walk, place: str) -> None:
    for method in ("GET", "POST", "PUT"):
        answer = walk.ask(None, method, place)
        assert answer.headers["Content-Security-Policy"] == POLICY
        assert answer.headers["Cache-Control"] == "no-store"


def test_nothing_personal_is_logged_while_pages_are_used(walk: Walk, looks: Looks) -> None:
    with walk.app.sessions.read() as session:
        secrets = {
            *session.scalars(select(Delivery.address)),
            *session.scalars(select(ContactRow.address)),
            *session.scalars(select(ContactRow.surname)),
            *session.scalars(select(AccountRow.name)),
            *walk.visits.values(),
            "taken over",
            "Dear ",
            walk.pages.secret_key,
        }
    said = "\n".join(looks.logged)
    assert {each for each in secrets if each and str(each) in said} == set()


def test_the_server_keeps_no_list_of_requests() -> None:
    assert HOW["accesslog"] is None
    heard = Log(Config())
    assert heard.access_log.handlers == []
    assert heard.error_log.level == logging.ERROR


def test_a_form_is_refused_to_others_before_anything_is_looked_at(walk: Walk) -> None:
    wrong, usual = [], {}
    for role in AccountRole:
        with statements(walk.app) as asked:
            walk.ask(role, "GET", "/nowhere")
        usual[role] = set(asked)
    for rule, role in product(walk.rules("POST"), AccountRole):
        declared = walk.declared(rule)
        if declared is None or _may(role, declared):
            continue
        with statements(walk.app) as asked:
            status = walk.ask(role, "POST", next(walk.places(rule))).status_code
        others = set(asked) - usual[role]
        if status != 403 or others:
            wrong.append((rule.rule, role, status, others))
    assert wrong == []


def test_a_form_of_somebody_who_has_not_signed_in_leads_to_that(walk: Walk) -> None:
    for rule in walk.rules("POST"):
        if walk.declared(rule) is not None:
            answer = walk.ask(None, "POST", next(walk.places(rule)))
            assert (answer.status_code, answer.location[:14]) == (303, "/sign-in?next="), rule


def test_a_form_without_its_token_is_refused_and_does_nothing(walk: Walk) -> None:
    before = written(walk.app)
    for rule, role in product(walk.rules("POST"), AccountRole):
        declared = walk.declared(rule)
        if declared is None or _may(role, declared):
            for data in ({}, {"csrf_token": "x", "digest": "x"}):
                answer = walk.ask(role, "POST", next(walk.places(rule)), data=data)
                expected = 405 if rule.rule.startswith(OF_PROGRAMS) else 400
                assert answer.status_code == expected, (rule, role, answer.text)
    assert written(walk.app) == before


ELSEWHERE: Final = (
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "something new"},
    {"Origin": "https://evil.example"},
    {"Origin": "http://localhost.evil.example"},
    {"Origin": "http://localhost:1"},
    {"Origin": "null"},
    {"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"},
)


@pytest.mark.parametrize("headers", ELSEWHERE, ids=str)
def test_a_form_of_another_site_is_refused(walk: Walk, headers: dict[str, str]) -> None:
    for rule in walk.rules("POST"):
        role = walk.declared(rule)
        answer = walk.ask(role, "POST", next(walk.places(rule)), headers=headers)
        assert answer.status_code == 403, (rule, role, answer.text)


def test_a_form_of_ours_is_not_refused_for_where_it_comes_from(walk: Walk) -> None:
    headers = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}
    data = {"csrf_token": token(walk, AccountRole.VIEWER), "kind": "", "authority": "OXO"}
    answer = walk.ask(AccountRole.VIEWER, "POST", "/audit", headers=headers, data=data)
    assert answer.status_code == 303


def test_what_is_too_large_is_refused_before_it_is_read(walk: Walk) -> None:
    said = {
        "CONTENT_LENGTH": str(MOST_BYTES + 1),
        "CONTENT_TYPE": "multipart/form-data; boundary=x",
    }
    large = {"environ_overrides": said | {"wsgi.input": Unread()}}
    for rule in walk.rules("POST"):
        declared = walk.declared(rule)
        role = declared or AccountRole.APPROVER
        answer = walk.ask(role, "POST", next(walk.places(rule)), **large)
        if not rule.rule.startswith(OF_PROGRAMS):
            assert answer.status_code == 413, (rule, answer.text)
            assert answer.headers["Content-Security-Policy"] == POLICY


class Unread(BytesIO):
    """The body of a request that nobody may read."""

    def read(self, *_: object) -> bytes:
        raise AssertionError("it was read")

    readinto = read  # type: ignore[assignment]


AWAY: Final = (
    "https://evil.example/",
    "//evil.example/",
    "/\\evil.example/",
    "\\\\evil.example",
    "/\t/evil.example",
    "javascript:alert('evil.example')",
    "/ok\r\nLocation: https://evil.example/",
    "/%0d%0aLocation:%20https://evil.example",
)


@pytest.mark.parametrize("role", [None, AccountRole.APPROVER, AccountRole.ADMIN], ids=str)
def test_no_address_leads_away(walk: Walk, role: AccountRole | None) -> None:
    for rule in walk.rules("GET"):
        for away in AWAY if rule.endpoint.startswith("sign_in.") else AWAY[1:2]:
            place = f"{next(walk.places(rule))}?{urlencode({'next': away, 'back': away})}"
            assert_stays(walk.ask(role, "GET", place))


def assert_stays(answer: TestResponse) -> None:
    """No header and no link of an answer leads to another host."""
    where = urlsplit(answer.headers.get("Location", "/"))
    assert (where.scheme, where.netloc) == ("", ""), answer.headers
    assert not where.path.startswith(("//", "/\\")), answer.headers
    assert not answer.headers.get("Location", "/").startswith("\\")
    text = answer.text if answer.mimetype == "text/html" else ""
    leads = re.findall(r"(?:href|action|src)=[\"']([^\"']*)", text)
    own = [unescape(each) for each in leads if "evil.example" in unescape(each)]
    assert not [each for each in own if not re.match(r"/[^/\\\s]", each)]


def test_no_form_leads_away(app: App) -> None:
    """Neither signing in nor confirming who one is does, whatever its form says comes next."""
    account = people.joined(app, AccountRole.EDITOR).account
    pages = pages_of(app)
    for away in AWAY[1::2]:  # each takes a while, as a password is there
        browser = Browser(pages.test_client())
        who = {"name": account.name, "password": people.PASSWORD, "next": away}
        fields = browser.fields("/sign-in")
        entered = browser.client.post("/sign-in", data={**fields, **who})
        fields = browser.fields("/confirm")
        confirmed = browser.client.post("/confirm", data={**fields, **who})
        for answer in (entered, confirmed):
            assert answer.status_code == 303, answer.text
            assert_stays(answer)


NAMES: Final = (
    'a\r\nSet-Cookie: taken=over"; x="é\u2028\u202e.csv',
    "\r\n\r\n<script>.csv",
    "../../etc/passwd",
    "\u202egpj.exe",
    "名前.csv",
    '";filename=evil.html;".csv',
)


@pytest.mark.parametrize("name", NAMES)
def test_no_name_of_a_file_adds_a_header(app: App, name: str) -> None:
    content = b"authority,role,address,honorific,surname\nOXX,leader,x,Ms,Ng"
    with app.sessions.begin() as session:
        register(session, "OXO")
    staged_id = staging.bring(app.sessions, File("contacts", name, content), a_word(app.clock()))
    pages = pages_of(app, lambda: an_account(AccountRole.EDITOR))
    for last in ("file", "what-is-wrong.csv"):
        answer = pages.test_client().get(f"/imports/{staged_id}/{last}")
        assert answer.status_code == 200, answer.text
        assert "Set-Cookie" not in answer.headers
        said = answer.headers["Content-Disposition"]
        assert said.isprintable()
        assert parse_options_header(said)[0] == "attachment"


def test_no_part_of_an_address_adds_a_header(walk: Walk) -> None:
    for rule in walk.rules("GET"):
        for part in sorted(rule.arguments & {"name", "code", "role", "task", "slug"}):
            place = next(walk.places(rule))
            known = quote(str(walk.parts[part][0]))
            longer = place.replace(known, f"{known}%0d%0aX-Added:%20y", 1)
            answer = walk.ask(AccountRole.APPROVER, "GET", longer)
            assert answer.status_code < 500, (longer, answer.text)
            assert "X-Added" not in answer.headers


def test_nothing_of_another_person_is_opened(walk: Walk) -> None:
    """Neither a search that is kept, nor a visit."""
    viewer, editor = AccountRole.VIEWER, AccountRole.EDITOR
    data = {"csrf_token": token(walk, viewer), "person": "Achebe"}
    kept = walk.ask(viewer, "POST", "/audit", data=data).location
    assert walk.ask(viewer, "GET", kept).status_code == 200
    assert walk.ask(editor, "GET", kept).status_code == 404
    theirs = visit_of(walk, viewer)
    answer = walk.ask(
        editor, "POST", f"/sign-out/{theirs}", data={"csrf_token": token(walk, editor)}
    )
    assert answer.location == "/account"
    assert walk.ask(viewer, "GET", "/account").status_code == 200


def test_nothing_of_a_mailout_is_had_by_the_address_of_another(walk: Walk) -> None:
    with walk.app.sessions.begin() as session:
        a_mailout(session, name=steps.SECOND)
    own, other = f"/mailouts/{steps.NAME}/", f"/mailouts/{steps.SECOND}/"
    approver = AccountRole.APPROVER
    for rule in walk.rules("GET"):
        if rule.rule.startswith("/mailouts/<name>/letters/<path:code>"):
            place = next(walk.places(rule))
            assert place.startswith(own)
            assert walk.ask(approver, "GET", place.replace(own, other)).status_code == 404, rule
    delivery = next(iter(steps.deliveries_of(walk.app).values())).id
    with walk.app.sessions.read() as session:
        enclosed = session.scalars(select(StagedFile.id).where(StagedFile.mailout.is_not(None)))
        spreadsheets = list(map(str, enclosed))
    assert spreadsheets
    before = written(walk.app)
    csrf = {"csrf_token": token(walk, approver)}
    for place, data in (
        ("resend", {"delivery": str(delivery), "because": "it is theirs"}),
        ("plan/attachments", {"drop": spreadsheets}),
        ("plan/attachments", {f"authority-{each}": "OXO" for each in spreadsheets}),
        ("letters/OXO/seen", {"digest": digest_of(walk)}),
        ("approval", {"digest": digest_of(walk), "because": "x"}),
        ("reissues/approval", {"digest": digest_of(walk)}),
        ("proofs", {"address": "a@ombudsman.example", "codes": "OXO"}),
    ):
        hidden = Browser.hidden(walk.ask(approver, "GET", f"{other}{place}").text)
        walk.ask(approver, "POST", f"{other}{place}", data={**hidden, **data, **csrf})
        assert written(walk.app) == before, place
    for each in spreadsheets:  # what is aside for a plan is no file of contacts
        for last in ("", "/file", "/what-is-wrong.csv"):
            assert walk.ask(approver, "GET", f"/imports/{each}{last}").status_code == 404


def digest_of(walk: Walk) -> str:
    with walk.app.sessions.read() as session:
        return session.scalars(select(Letter.digest)).first() or ""


def visit_of(walk: Walk, role: AccountRole) -> UUID:
    with walk.app.sessions.read() as session:
        found = visits.visit_of(session, walk.visits[role], walk.app.clock())
    assert found
    return found.id


def token(walk: Walk, role: AccountRole) -> str:
    """Return the token of this person's forms."""
    page = walk.ask(role, "GET", "/account").text
    return Browser.hidden(page)["csrf_token"]


@pytest.mark.parametrize("said", ["x\0y", "-1", "9" * 30, "é\r\n:"], ids=repr)
def test_no_question_in_an_address_ends_with_an_error(walk: Walk, said: str) -> None:
    names = ("after", "version", "with", "search", "since", "until", "kind", "shown", "code")
    question = urlencode(dict.fromkeys(names, said))
    for rule in walk.rules("GET"):
        role = walk.declared(rule)
        may = AccountRole.EDITOR if role is AccountRole.VIEWER else role
        place = f"{next(walk.places(rule))}?{question}"
        for asked in {place, place.replace("/pages/1.", f"/pages/{'9' * 30}.")}:
            answer = walk.ask(may, "GET", asked)
            assert answer.status_code < 500, (asked, answer.text)


def test_what_is_sent_in_the_place_of_a_file_is_asked_for_again(walk: Walk) -> None:
    data = {"csrf_token": token(walk, AccountRole.EDITOR), "file": "a text", "kind": "contacts"}
    for place in ("/mailouts/new/file", "/imports/new"):
        assert walk.ask(AccountRole.EDITOR, "POST", place, data=data).status_code == 400
