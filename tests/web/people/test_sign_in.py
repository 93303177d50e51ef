from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from flask import Flask

from dispatch.app import App
from dispatch.domain.people.account import AccountRole
from tests import steps
from tests.factories import RELEASE_AT
from tests.fakes import FakeClock
from tests.people.office import PASSWORD, code_of, invited, joined
from tests.web.browser import Browser
from tests.web.pages import pages_of
from tests.web.people.conftest import SignIn

EDITOR, APPROVER, ADMIN = AccountRole.EDITOR, AccountRole.APPROVER, AccountRole.ADMIN
WRONG = "wrong"
Opened = Callable[[], Browser]


def cookie_of(browser: Browser) -> str:
    found = browser.client.get_cookie("visit")
    return found.value if found else ""


def test_a_person_signs_in_and_out(app: App, opened: Opened, sign_in: SignIn) -> None:
    account = joined(app, EDITOR).account
    browser = opened()
    page = browser.client.get("/mailouts?shown=all")
    assert page.location == "/sign-in?next=%2Fmailouts%3Fshown%3Dall"
    fields = browser.fields(page.location)
    data = {**fields, "name": account.name, "password": PASSWORD}
    assert browser.client.post("/sign-in", data=data).location == "/mailouts?shown=all"
    assert account.name in browser.get("/mailouts")
    assert browser.send("/sign-out", page="/account").location == "/sign-in"
    assert "You are signed out." in browser.get("/sign-in")
    assert "You are signed out." not in browser.get("/sign-in")
    assert browser.client.get("/mailouts").status_code == 302


def test_a_cookie_from_before_the_sign_in_opens_nothing_after_it(
    app: App, opened: Opened, sign_in: SignIn
) -> None:
    account = joined(app, APPROVER).account
    browser, other = opened(), opened()
    browser.get("/sign-in")
    before = cookie_of(browser)
    other.client.set_cookie("visit", before)  # somebody else planted it, or knows it
    sign_in(browser, account)
    assert cookie_of(browser) != before
    assert other.client.get("/account").status_code == 302
    assert account.name in browser.get("/account")


def test_a_cookie_that_is_not_one_of_ours_is_replaced(opened: Opened) -> None:
    browser = opened()
    browser.client.set_cookie("visit", "0" * 43)
    browser.client.set_cookie("said", "x")
    browser.get("/sign-in")
    browser.client.set_cookie("visit", "short")
    browser.get("/sign-in")
    assert len(cookie_of(browser)) == 43


def test_the_cookie_cannot_be_read_by_a_script_or_sent_by_another_site(
    app: App, opened: Opened
) -> None:
    answer = opened().client.get("/sign-in")
    [cookie] = answer.headers.getlist("Set-Cookie")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Path=/" in cookie
    assert "Domain" not in cookie


def test_every_failure_shows_the_same_page(app: App, opened: Opened) -> None:
    account = joined(app, EDITOR).account
    pages = set()
    for name, password in ((account.name, "wrong"), ("Nobody", "wrong"), ("Nobody", PASSWORD)):
        answer = opened().send("/sign-in", name=name, password=password)
        assert answer.status_code == 400
        assert "The name or the password is not right" in answer.text
        plain = answer.text.replace(f'value="{name}"', "")
        pages.add(plain.partition("<main")[2].partition("csrf_token")[0])
    assert len(pages) == 1


def test_a_page_without_a_token_of_this_browser_is_refused(app: App, opened: Opened) -> None:
    account = joined(app, EDITOR).account
    fields = opened().fields("/sign-in")
    stranger = opened()
    stranger.get("/sign-in")
    data = {**fields, "name": account.name, "password": PASSWORD}
    assert stranger.client.post("/sign-in", data=data).status_code == 400
    assert stranger.client.post("/sign-in", data={"name": "x"}).status_code == 400


def test_a_form_that_was_refused_comes_back_filled_in(
    app: App, opened: Opened, sign_in: SignIn, clock: FakeClock
) -> None:
    account = joined(app, ADMIN).account
    browser = sign_in(opened(), account)
    fields = browser.fields("/tokens/new")
    clock.now += timedelta(hours=21)
    written = {**fields, "name": "the <board>", "scopes": ["events"], "days": "30"}
    refused = browser.client.post("/tokens/new", data=written)
    assert refused.location == "/sign-in?next=%2Ftokens%2Fnew"
    answer = browser.send("/sign-in", name=account.name, password=PASSWORD)
    fields = browser.hidden(answer.text)
    code = code_of(app, account, app.clock())
    answer = browser.client.post("/sign-in/code", data={**fields, "code": code})
    assert answer.location == "/tokens/new"
    page = browser.get("/tokens/new")
    assert "What you had entered is still here" in page
    assert 'value="the &lt;board&gt;"' in page
    assert 'value="30"' in page
    assert browser.send("/tokens/new", name="board", scopes=["events"], days=30).status_code == 200
    assert "the &lt;board&gt;" not in browser.get("/tokens/new")


@pytest.mark.parametrize(
    ("place", "sent_to"),
    [
        (f"/mailouts/{steps.NAME}/approval", f"/mailouts/{steps.NAME}/approval/send-back"),
        (f"/mailouts/{steps.NAME}/resend?authority=OXO&again=yes",) * 2,
    ],
)
def test_it_comes_back_on_the_page_where_it_was_filled_in(
    app: App, opened: Opened, sign_in: SignIn, clock: FakeClock, *, place: str, sent_to: str
) -> None:
    steps.rendered(app)
    if "resend" in place:
        steps.schedule_again(app)
        clock.reach(RELEASE_AT)
        steps.tick(app)
        steps.send_due(app)
    account = joined(app, APPROVER).account
    browser = sign_in(opened(), account)
    written = {**browser.fields(place), "because": "the <figures> are old"}
    clock.now += timedelta(hours=21)
    refused = browser.client.post(sent_to, data=written)
    assert refused.location == f"/sign-in?{urlencode({'next': place})}"
    sign_in(browser, account)
    shown = browser.get(place)
    assert "What you had entered is still here" in shown
    assert "the &lt;figures&gt; are old</textarea>" in shown
    without_token = {**written, "csrf_token": "another's"}
    assert browser.client.post(sent_to, data=without_token).status_code == 400
    assert "the &lt;figures&gt; are old</textarea>" in browser.get(place)
    browser.client.post(sent_to, data={**written, **browser.fields(place)})
    assert "the &lt;figures&gt; are old</textarea>" not in browser.get(place)


def test_nobody_else_sees_a_form_that_was_refused(
    app: App, opened: Opened, sign_in: SignIn, clock: FakeClock
) -> None:
    account, other = joined(app, ADMIN).account, joined(app, ADMIN, name="Ada Nwosu").account
    browser = sign_in(opened(), account)
    fields = browser.fields("/tokens/new")
    clock.now += timedelta(hours=21)
    browser.client.post("/tokens/new", data={**fields, "name": "my secret plan"})
    sign_in(browser, other)
    assert "my secret plan" not in browser.get("/tokens/new")


def test_what_matters_asks_who_it_is_after_ten_minutes(
    app: App, opened: Opened, sign_in: SignIn, clock: FakeClock
) -> None:
    account = joined(app, ADMIN).account
    browser = sign_in(opened(), account)
    fields = browser.fields("/tokens/new")
    clock.now += timedelta(minutes=11)
    data = {**fields, "name": "board", "scopes": ["events"], "days": "30"}
    asked = browser.client.post("/tokens/new", data=data)
    assert (asked.status_code, asked.location) == (303, "/confirm?next=%2Ftokens%2Fnew")
    wrong = browser.send("/confirm", page=asked.location, password=WRONG, code="000000")
    assert wrong.status_code == 400
    code = code_of(app, account, app.clock())
    done = browser.send("/confirm", page=asked.location, password=PASSWORD, code=code)
    assert done.location == "/tokens/new"
    assert 'value="board"' in browser.get("/tokens/new")
    again = browser.client.post("/tokens/new", data=data)
    assert again.status_code == 200
    assert "dispatch_" in again.text


def test_signing_out_elsewhere_leaves_this_browser(
    app: App, opened: Opened, sign_in: SignIn
) -> None:
    account = joined(app, EDITOR).account
    here, there = sign_in(opened(), account), sign_in(opened(), account)
    assert here.send("/sign-out/elsewhere", page="/account").status_code == 303
    assert there.client.get("/account").status_code == 302
    assert "signed out everywhere else" in here.get("/account")


def test_somebody_joins_by_a_code_that_is_typed_in(app: App, opened: Opened) -> None:
    code = invited(app, EDITOR).code
    browser = opened()
    assert browser.send("/join", code="0000-0000-0000-0000").status_code == 400
    choice = browser.send("/join", code=code.lower())
    assert "Welcome, Alex Morgan" in choice.text
    fields = browser.hidden(choice.text)
    for password, again in (("short", "short"), (PASSWORD, "other"), ("password1234",) * 2):
        data = {**fields, "password": password, "again": again}
        assert browser.client.post("/join", data=data).status_code == 400
    data = {**fields, "password": PASSWORD, "again": PASSWORD}
    assert "You have joined" in browser.client.post("/join", data=data).text
    assert browser.client.post("/join", data=data).status_code == 400
    assert code not in str(steps.events(app))


def test_an_approver_joins_with_a_picture_for_the_telephone(app: App, opened: Opened) -> None:
    browser = opened()
    choice = browser.send("/join", code=invited(app, APPROVER).code)
    assert "<svg" in choice.text
    assert "style=" not in choice.text
    fields = browser.hidden(choice.text)
    data = {**fields, "password": PASSWORD, "again": PASSWORD, "telephone": "000000"}
    answer = browser.client.post("/join", data=data)
    assert answer.status_code == 400
    assert PASSWORD not in answer.text


def test_one_changes_the_password_the_telephone_and_the_codes(
    app: App, opened: Opened, sign_in: SignIn
) -> None:
    browser = sign_in(opened(), joined(app, APPROVER).account)
    assert "10 left" in browser.get("/account")
    both = {"password": "zebra lantern mu", "again": "zebra lantern mu"}
    assert browser.send("/account/password", **both).location == "/account"
    assert browser.send("/account/password", password=WRONG, again="b").status_code == 400
    assert browser.send("/account/password", password=WRONG, again=WRONG).status_code == 400
    assert "<svg" in browser.get("/account/telephone")
    assert browser.send("/account/telephone", telephone="000000").status_code == 400
    made = browser.send("/account/recovery-codes", page="/account")
    assert made.text.count("<code>") == 10


def test_an_administrator_sees_to_people(app: App, opened: Opened, sign_in: SignIn) -> None:
    account = joined(app, ADMIN).account
    browser = sign_in(opened(), account)
    assert "You need two approvers" in browser.get("/people")
    new = {"name": "Alex Morgan", "role": "editor", "other_names": "amorgan\n root \n"}
    made = browser.send("/people/new", **new)
    assert made.status_code == 200
    assert "/join" in made.text
    taken = browser.send("/people/new", name="AMORGAN", role="editor", other_names="")
    assert taken.status_code == 400
    assert "may be read as a name of Alex Morgan" in taken.text
    page = browser.get("/people")
    [where] = {each for each in page.split('"') if each.startswith("/people/") and "-" in each} - {
        f"/people/{account.id}"
    }
    assert "amorgan\nroot" in browser.get(where)
    changed = browser.send(where, role="viewer", other_names="amorgan")
    assert changed.location == "/people"
    assert browser.send(f"{where}/new-code", page=where, because="").status_code == 400
    again = browser.send(f"{where}/new-code", page=where, because="lost the telephone")
    assert "A code for Alex Morgan" in again.text
    assert browser.send(f"{where}/end", page=where, because="left").location == "/people"
    own = f"/people/{account.id}"
    assert browser.send(own, role="viewer", other_names="").status_code == 400
    assert browser.send(f"{own}/end", page=own, because="left").status_code == 409
    assert browser.get("/people?shown=all").count("Ended") == 1


def test_an_administrator_makes_and_ends_tokens(app: App, opened: Opened, sign_in: SignIn) -> None:
    browser = sign_in(opened(), joined(app, ADMIN).account)
    assert browser.send("/tokens/new", name="", days=0).status_code == 400
    made = browser.send("/tokens/new", name="board", scopes=["events", "mailouts"], days=7)
    assert "dispatch_" in made.text
    page = browser.get("/tokens")
    assert "dispatch_" not in page
    [where] = {each for each in page.split('"') if each.startswith("/tokens/") and "/end" in each}
    assert browser.send(where, page="/tokens").location == "/tokens"
    assert "Has ended" in browser.get("/tokens")


@pytest.mark.parametrize("role", [AccountRole.VIEWER, EDITOR, APPROVER])
def test_nobody_but_an_administrator_sees_people_and_tokens(
    app: App, opened: Opened, sign_in: SignIn, role: AccountRole
) -> None:
    browser = sign_in(opened(), joined(app, role).account)
    for address in ("/people", "/people/new", "/tokens", "/tokens/new"):
        browser.get(address, 403)


def test_over_tls_the_cookie_is_for_this_host_alone(app: App, office_pages: Flask) -> None:
    settings = app.settings.model_copy(update={"web_url": "https://letters.office.example"})
    secure = pages_of(replace(app, settings=settings))
    answer = secure.test_client().get("/sign-in", base_url="https://letters.office.example")
    [cookie] = answer.headers.getlist("Set-Cookie")
    assert cookie.startswith("__Host-visit=")
    assert "Secure" in cookie
