from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from pydantic import SecretStr
from werkzeug.test import TestResponse

from dispatch.app import App
from dispatch.domain.people.account import Account, AccountRole
from dispatch.people import accounts, joining
from dispatch.web import visiting
from dispatch.web.people import fetched
from tests import steps
from tests.fakes import FakeClock
from tests.mail.https_server import Said
from tests.mail.servers import CERTS
from tests.people.office import caller, invited, joined, word
from tests.web.browser import Browser
from tests.web.pages import pages_of
from tests.web.people.openid import CLIENT, SECRET, OpenIdProvider

EDITOR, APPROVER, ADMIN = AccountRole.EDITOR, AccountRole.APPROVER, AccountRole.ADMIN
PAGES = "https://localhost"


@dataclass
class Office:
    """An office's pages, and its own sign-in."""

    app: App
    provider: OpenIdProvider
    opened: Callable[[], Browser]

    def join(self, role: AccountRole = EDITOR, subject: str = "sub-7") -> Account:
        """Somebody who has an account, by the office's own sign-in."""
        invitee = invited(self.app, role)
        with self.app.sessions.begin() as session:
            known = joining.coded(session, invitee.code)
            issuer = self.provider.url
            found = joining.join_by_office(session, known, issuer, subject, caller(self.app))
        assert found
        return found

    def sent(self, browser: Browser, next_: str = "/mailouts") -> str:
        """Where a browser is sent to that asks to sign in."""
        return there(browser.send("/sign-in/office", page=f"/sign-in?next={next_}"))

    def enter(self, browser: Browser, subject: str = "sub-7") -> TestResponse:
        """Sign in."""
        return browser.client.get(self.provider.sign_in(self.sent(browser), subject))


def there(answer: TestResponse) -> str:
    """Where a page goes on to, by itself and by its link alike."""
    assert answer.status_code == 200, answer.text
    address = answer.headers["Refresh"].removeprefix("0; url=")
    assert f'href="{address}"' in unescape(answer.text)
    return address


@pytest.fixture(scope="module")
def running() -> Iterator[list[OpenIdProvider]]:
    """The provider that runs; the clock of each test is put in."""
    with OpenIdProvider(lambda: 0.0) as provider:
        yield [provider]


@pytest.fixture
def office(app: App, running: list[OpenIdProvider], monkeypatch: pytest.MonkeyPatch) -> Office:
    [provider] = running
    provider.__init__(lambda: app.clock().timestamp())  # type: ignore[misc] # as if it were new
    monkeypatch.setattr(visiting, "machine_time", app.clock)
    settings = app.settings.model_copy(
        update={
            "web_url": PAGES,
            "oidc_issuer": provider.url,
            "oidc_client_id": CLIENT,
            "oidc_client_secret": SecretStr(SECRET),
            "oidc_ca": CERTS / "ca.pem",
        }
    )
    app = replace(app, settings=settings)
    pages = pages_of(app)
    return Office(app, provider, lambda: Browser(pages.test_client()))


def is_signed_in(browser: Browser) -> bool:
    return browser.client.get("/account").status_code == 200


def test_a_person_signs_in_by_the_office(office: Office, caplog: Any) -> None:
    caplog.set_level(logging.DEBUG)
    account, browser = office.join(), office.opened()
    before = browser.client.get_cookie("__Host-visit")
    answer = office.enter(browser)
    assert (answer.status_code, answer.location) == (303, "/mailouts")
    assert browser.client.get_cookie("__Host-visit") != before
    assert account.name in browser.get("/account")
    assert "by the office&#39;s own sign-in" in browser.get("/account")
    asked = office.provider.asked
    assert asked["redirect_uri"] == f"{PAGES}/sign-in/office/back"
    assert (asked["scope"], asked["response_type"]) == ("openid", "code")
    assert asked["code_challenge_method"] == "S256"
    assert "prompt" not in asked
    kept = f"{caplog.text}{steps.events(office.app)}"
    secrets = (*office.provider.posted.values(), asked["state"], asked["nonce"], SECRET)
    assert [each for each in secrets if each in kept and each != "authorization_code"] == []
    assert "alex@office.example" not in kept


WRONG_CLAIMS: list[tuple[dict[str, Any], str]] = [
    ({"nonce": "other"}, "it answers another question"),
    ({"nonce": None}, "it answers another question"),
    ({"iss": "https://other.example"}, "another issuer"),
    ({"aud": "other"}, "another application"),
    ({"aud": [CLIENT, "other"], "azp": "other"}, "another application"),
    ({"exp": 1}, "it has expired"),
    ({"iat": 32503680000}, "it is from the future"),
    ({"sub": ""}, "does not say who you are"),
    ({"sub": 7}, "does not say who you are"),
    ({"sub": None}, "does not say who you are"),
]


def test_a_token_that_says_something_wrong_opens_nothing(office: Office) -> None:
    office.join()
    for claims, words in WRONG_CLAIMS:
        office.provider.claims = claims
        browser = office.opened()
        answer = office.enter(browser)
        assert (answer.status_code, words in answer.text) == (400, True), (claims, answer.text)
        assert not is_signed_in(browser)


WRONGLY_SIGNED: list[tuple[str, dict[str, Any]]] = [
    ("other", {}),
    ("other", {"kid": "first"}),
    ("other", {"kid": "first", "jku": "https://other.example/keys"}),
    ("first", {"alg": "none"}),
    ("first", {"alg": "none", "kid": None}),
]


def test_a_token_that_the_provider_has_not_signed_opens_nothing(office: Office) -> None:
    office.join()
    for office.provider.signs_with, office.provider.header in WRONGLY_SIGNED:
        browser = office.opened()
        answer = office.enter(browser)
        assert (answer.status_code, "it is not signed with a key" in answer.text) == (400, True)
        assert not is_signed_in(browser)


def test_a_new_key_of_the_provider_is_fetched(office: Office) -> None:
    office.join()
    assert office.enter(office.opened()).status_code == 303
    office.provider.signs_with = office.provider.publishes = "other"
    assert office.enter(office.opened()).status_code == 303
    assert office.provider.fetched.count("/keys") == 2
    assert office.provider.fetched.count("/.well-known/openid-configuration") == 1


def test_an_answer_counts_once_and_in_its_own_browser(office: Office, clock: FakeClock) -> None:
    office.join()
    browser, other = office.opened(), office.opened()
    back = office.provider.sign_in(office.sent(browser))
    office.sent(other)
    for each in (other, office.opened()):
        answer = each.client.get(back)
        assert (answer.status_code, "does not belong to" in answer.text) == (400, True)
        assert not is_signed_in(each)
    assert browser.client.get(back).status_code == 303
    assert browser.client.get(back).status_code == 400
    late = office.opened()
    back = office.provider.sign_in(office.sent(late))
    clock.now += timedelta(minutes=11)
    assert late.client.get(back).status_code == 400
    assert not is_signed_in(late)


def test_an_answer_that_was_changed_on_the_way_opens_nothing(office: Office) -> None:
    office.join()
    for changed in ({"state": ""}, {"state": "ü"}, {"iss": "https://other.example"}):
        browser = office.opened()
        office.provider.sign_in(office.sent(browser))
        assert browser.client.get(office.provider.back(code="code-0", **changed)).status_code == 400
        assert not is_signed_in(browser)


def test_a_code_is_no_use_without_what_only_our_pages_know(office: Office) -> None:
    office.join()
    browser, thief = office.opened(), office.opened()
    back = office.provider.sign_in(office.sent(browser))
    assert "code_verifier" not in office.provider.asked
    office.provider.sign_in(office.sent(thief))
    answer = thief.client.get(office.provider.back(code="code-0"))
    assert (answer.status_code, "did not accept its own answer" in answer.text) == (400, True)
    assert "words" not in answer.text.partition("<main")[2]
    assert "code-0" in back


WRONGLY_DESCRIBED: list[tuple[dict[str, Any], str]] = [
    ({"issuer": "https://other.example"}, "IT must set DISPATCH_OIDC_ISSUER"),
    ({"code_challenge_methods_supported": ["plain"]}, "PKCE"),
    ({"token_endpoint": "http://localhost/token"}, "names no token_endpoint with https"),
    ({"jwks_uri": None}, "names no jwks_uri"),
]


def test_what_a_provider_says_of_itself_must_be_enough(office: Office) -> None:
    for said, words in WRONGLY_DESCRIBED:
        office.provider.described = said
        answer = office.opened().send("/sign-in/office", page="/sign-in")
        assert (answer.status_code, words in answer.text) == (503, True), answer.text
    office.provider.described = {}
    office.join()
    assert office.enter(office.opened()).status_code == 303


def test_the_secret_goes_in_the_form_where_the_provider_takes_it_there(office: Office) -> None:
    office.join()
    office.provider.described = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    assert office.enter(office.opened()).status_code == 303
    assert office.provider.posted["client_secret"] == SECRET


STRANGE: list[tuple[Said, str]] = [
    ((401, {"error": "invalid_client"}), "IT must set a new one as DISPATCH_OIDC_CLIENT_SECRET"),
    ((400, {"error": "<b>"}), "answers with an error"),
    ((500, {}), "HTTP status 500"),
    ((302, {}), "it has no ID token"),
    ((200, "words"), "gives no answer that we can use"),
    ((200, {"id_token": "x"}), "it is not signed"),
    ((200, "x" * (fetched.MOST_OCTETS + 1)), "longer answer than one may be"),
    ((200, "[" * 100_000), "gives no answer that we can use"),
]


def test_a_strange_answer_to_a_code_is_said_in_words(office: Office) -> None:
    for office.provider.said, words in STRANGE:
        browser = office.opened()
        answer = office.enter(browser)
        assert answer.status_code in {400, 503}
        assert words in answer.text, answer.text
        assert "<b>" not in answer.text
        assert not is_signed_in(browser)


def test_an_answer_that_does_not_come_is_given_up(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = office.opened()
    back = office.provider.sign_in(office.sent(browser))
    monkeypatch.setattr(fetched, "MOST_SECONDS", 0.1)
    office.provider.is_free.clear()
    answer = browser.client.get(back)
    office.provider.is_free.set()
    assert (answer.status_code, "localhost takes longer than" in answer.text) == (503, True)


ERRORS = [
    ("access_denied", "IT can assign you to the application"),
    ("server_error", "answers with “server_error”"),
    ("<script>", "answers with an error"),
]


def test_an_error_of_the_provider_is_said_in_words(office: Office) -> None:
    for error, words in ERRORS:
        browser = office.opened()
        office.provider.sign_in(office.sent(browser))
        back = office.provider.back(error=error, error_description="a stranger's words")
        answer = browser.client.get(back)
        assert (answer.status_code, words in answer.text) == (400, True)
        assert "stranger" not in answer.text
        assert 'href="/sign-in?next=%2Fmailouts"' in answer.text


def test_a_provider_that_is_down_or_not_trusted_is_said_in_words(office: Office) -> None:
    for changed, words in (
        ({"oidc_issuer": "https://localhost:9"}, "localhost cannot be asked: "),
        ({"oidc_ca": None}, "its certificate is not trusted"),
    ):
        settings = office.app.settings.model_copy(update=changed)
        browser = Browser(pages_of(replace(office.app, settings=settings)).test_client())
        answer = browser.send("/sign-in/office", page="/sign-in")
        assert (answer.status_code, words in answer.text) == (503, True), answer.text
        assert "DISPATCH_OIDC_CA" in answer.text


def test_somebody_unknown_is_told_what_to_do_and_joins(office: Office) -> None:
    browser = office.opened()
    answer = office.enter(browser)
    assert answer.status_code == 403
    assert "Ask an administrator to invite you" in answer.text
    assert 'href="/join"' in answer.text
    assert not is_signed_in(browser)
    code = invited(office.app, APPROVER).code
    choice = browser.send("/join", code=code)
    fields = browser.hidden(choice.text)
    assert browser.client.post("/join/office", data={**fields, "code": "0"}).status_code == 400
    address = there(browser.client.post("/join/office", data={**fields, "code": code}))
    assert browser.client.get(office.provider.sign_in(address)).location == "/"
    assert "You have joined, and are signed in." in browser.get("/account")
    assert office.enter(office.opened()).status_code == 303
    again = browser.client.post("/join/office", data={**fields, "code": code})
    assert again.status_code == 400


def test_nobody_joins_a_second_account(office: Office) -> None:
    office.join()
    code, browser = invited(office.app, APPROVER).code, office.opened()
    choice = browser.send("/join", code=code)
    fields = {**browser.hidden(choice.text), "code": code}
    address = there(browser.client.post("/join/office", data=fields))
    answer = browser.client.get(office.provider.sign_in(address))
    assert (answer.status_code, "you have an account already" in answer.text) == (400, True)
    assert not is_signed_in(browser)


def test_an_account_that_has_ended_opens_nothing(office: Office) -> None:
    joined(office.app, ADMIN)
    account = office.join()
    with office.app.sessions.begin() as session:
        accounts.end_account(session, account.id, word(office.app))
    browser = office.opened()
    assert office.enter(browser).status_code == 403
    assert not is_signed_in(browser)


def test_nobody_is_sent_on_to_another_site(office: Office) -> None:
    office.join()
    for wanted in ("https://other.example", "//other.example", "/\\other.example", "javascript:0"):
        browser = office.opened()
        fields = {**browser.fields("/sign-in"), "next": wanted}
        address = there(browser.client.post("/sign-in/office", data=fields))
        assert browser.client.get(office.provider.sign_in(address)).location == "/"


TOKEN = {"name": "the board", "scopes": "events", "days": "30"}


def confirming(office: Office, browser: Browser) -> str:
    """Where a browser is sent to before something that matters."""
    data = {**browser.fields("/tokens/new"), **TOKEN}
    asked = browser.client.post("/tokens/new", data=data)
    assert (asked.status_code, asked.location) == (303, "/confirm?next=%2Ftokens%2Fnew")
    return there(browser.send("/confirm/office", page=asked.location))


def test_what_matters_has_the_provider_ask_again(office: Office) -> None:
    office.join(ADMIN)
    browser = office.opened()
    office.enter(browser)
    back = office.provider.sign_in(confirming(office, browser))
    assert (office.provider.asked["prompt"], office.provider.asked["max_age"]) == ("login", "0")
    assert browser.client.get(back).location == "/tokens/new"
    assert 'value="the board"' in browser.get("/tokens/new")
    assert "dispatch_" in browser.send("/tokens/new", **TOKEN).text


NOT_CONFIRMING: list[tuple[str, dict[str, Any], bool, str]] = [
    ("sub-8", {}, True, "as somebody else than you are here"),
    ("sub-7", {}, False, "has not asked again who you are"),
    ("sub-7", {"auth_time": None}, True, "IT must have it add the claim auth_time"),
]


def test_what_does_not_confirm_who_somebody_is(office: Office) -> None:
    office.join(ADMIN)
    browser = office.opened()
    office.enter(browser)
    for subject, claims, asks_again, words in NOT_CONFIRMING:
        address = confirming(office, browser)
        office.provider.claims, office.provider.asks_again = claims, asks_again
        answer = browser.client.get(office.provider.sign_in(address, subject))
        assert (answer.status_code, words in answer.text) == (400, True), answer.text
        assert is_signed_in(browser)
        assert browser.client.get("/account/password").status_code == 303


def test_without_the_settings_there_is_no_such_sign_in(app: App) -> None:
    browser = Browser(pages_of(app).test_client())
    assert "office account" not in browser.get("/sign-in")
    assert browser.send("/sign-in/office", page="/sign-in").status_code == 404
    assert browser.client.get("/sign-in/office/back?state=x&code=y").status_code == 404
