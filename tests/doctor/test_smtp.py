"""The mail server that takes our letters, over real connections: each fault is found, no other."""

from __future__ import annotations

import base64
import json
import socket
import ssl
import warnings
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from dispatch.app import App
from dispatch.database.tables import Letter
from dispatch.doctor import smtp, store
from dispatch.domain.doctor.finding import Finding, Level
from dispatch.domain.mailout import Attachment
from dispatch.letters.store import documents
from dispatch.mail.oauth.tokens import Tokens
from dispatch.mail.outgoing.relay import SmtpServer
from tests import steps
from tests.doctor.offices import faults, office, words
from tests.mail.authorities import Authority
from tests.mail.exchange_online import ExchangeOnline
from tests.mail.oauth.issuers import MAILBOX, FakeIssuer
from tests.mail.servers import Answer, Deed, ScriptedServer

STOPS, LOOK = Level.STOPS, Level.LOOK
OFFERS = ("SIZE 50000000", "DSN", "8BITMIME", "AUTH PLAIN LOGIN")
NOW = datetime.now(UTC)  # noqa: TID251 - TLS goes by the real time


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("certificates"))


def looked(app: App, authority: Authority, served: ScriptedServer, **changes: Any) -> list[Finding]:
    server = SmtpServer(
        "localhost",
        served.port,
        security="starttls",
        username="letters",
        password="secret-word",  # noqa: S106 - made up
        ca_file=authority.file,
    )
    at = replace(office(app, server=replace(server, **changes)), clock=lambda: NOW)
    with served:
        found = list(smtp.find(at))
    assert "secret-word" not in str(found)
    return found


def server(
    authority: Authority, script: dict[str, Answer] | None = None, **tls: Any
) -> ScriptedServer:
    extensions = tls.pop("extensions", OFFERS)
    context = tls.pop("context", None) or authority.context(**tls)
    answers: dict[str, Any] = dict(script or {})
    return ScriptedServer(answers, extensions=extensions, tls="starttls", context=context)


def test_nothing_is_found_where_all_is_well(app: App, authority: Authority) -> None:
    found = looked(app, authority, server(authority))
    assert faults(found) == {}
    said = words(found)
    assert "The connection is encrypted (TLSv1.3)." in said
    assert "The certificate of localhost is valid until" in said
    assert "The return path bounces+…@ombudsman.example is taken." in said


def test_nothing_is_sent_and_the_session_is_ended(app: App, authority: Authority) -> None:
    served = server(authority)
    looked(app, authority, served)
    verbs = [each.partition(" ")[0].upper() for each in served.heard]
    assert verbs == ["EHLO", "STARTTLS", "EHLO", "AUTH", "MAIL", "RSET", "QUIT"]
    assert served.messages == []


@pytest.mark.parametrize(
    ("script", "check", "level", "said"),
    [
        ({"CONNECT": "554 5.7.1 you are on a block list"}, "smtp.greeting", STOPS, "block list"),
        ({"CONNECT": "421 4.7.0 too many connections"}, "smtp.greeting", LOOK, "too many"),
        ({"STARTTLS": "454 4.7.0 TLS not available"}, "smtp.tls", LOOK, "454"),
        ({"TLS": Deed.HANG_UP}, "smtp.tls", STOPS, "cannot be made safe"),
        ({"AUTH": "535 5.7.8 wrong"}, "smtp.login", STOPS, "user and password"),
        (
            {"AUTH": "535 5.7.139 SmtpClientAuthentication is disabled for the Tenant."},
            "smtp.login",
            STOPS,
            "Set-CASMailbox",
        ),
        (
            {"MAIL": "550 5.7.60 Client does not have permissions to send as this sender"},
            "smtp.return_path",
            STOPS,
            "send as DISPATCH_SENDER",
        ),
        ({"MAIL": "451 4.7.1 greylisted"}, "smtp.return_path", LOOK, "greylisted"),
        ({"MAIL": Deed.HANG_UP}, "smtp.return_path", STOPS, "connection lost"),
    ],
)
def test_a_reply_is_a_fault_of_its_own(
    app: App,
    authority: Authority,
    script: dict[str, Answer],
    check: str,
    level: Level,
    said: str,
) -> None:
    found = looked(app, authority, server(authority, script))
    assert faults(found) == {check: level}
    assert said in words(found)


@pytest.mark.parametrize(
    ("extensions", "check", "level"),
    [
        (("SIZE 1000000", *OFFERS[1:]), "smtp.size", STOPS),
        (("SIZE 0", *OFFERS[1:]), None, None),
        (OFFERS[1:], None, None),
        ((OFFERS[0], *OFFERS[2:]), "smtp.dsn", LOOK),
        ((*OFFERS[:2], OFFERS[3]), "smtp.8bitmime", LOOK),
    ],
)
def test_what_the_server_offers_is_looked_at(
    app: App,
    authority: Authority,
    extensions: tuple[str, ...],
    check: str | None,
    level: Level | None,
) -> None:
    found = looked(app, authority, server(authority, extensions=extensions))
    assert faults(found) == ({check: level} if check else {})


@pytest.mark.parametrize(
    ("made", "level", "said"),
    [
        ({"ends_in": timedelta(days=-1)}, STOPS, "certificate has expired"),
        ({"ends_in": timedelta(days=10)}, LOOK, "Nothing goes after that"),
        ({"name": "relay.office.example"}, STOPS, "'localhost'"),
    ],
)
def test_a_certificate_that_will_not_do_is_found(
    app: App, authority: Authority, made: dict[str, Any], level: Level, said: str
) -> None:
    found = looked(app, authority, server(authority, **made))
    assert faults(found) == {"smtp.certificate": level}
    assert said in words(found)


def test_a_certificate_of_an_unknown_authority_is_found(
    app: App, authority: Authority, tmp_path: Path
) -> None:
    found = looked(app, authority, server(Authority(tmp_path)))
    assert faults(found) == {"smtp.certificate": STOPS}


def test_tls_older_than_1_2_is_found(app: App, authority: Authority) -> None:
    context = authority.context()
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Python says what this test is about
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    assert faults(looked(app, authority, server(authority, context=context))) == {"smtp.tls": STOPS}


def test_a_server_without_starttls_is_found(app: App, authority: Authority) -> None:
    served = ScriptedServer(extensions=OFFERS)
    found = looked(app, authority, served)
    assert faults(found) == {"smtp.tls": STOPS}
    assert "does not offer STARTTLS" in words(found)


def test_a_name_that_is_not_found_and_a_port_that_is_closed_are_told_apart(
    app: App, authority: Authority
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    for changes, check in (
        ({"host": "nowhere.invalid"}, "smtp.name"),
        ({"port": port}, "smtp.connection"),
    ):
        assert faults(looked(app, authority, server(authority), **changes)) == {check: STOPS}


def test_a_server_that_says_nothing_does_not_hold_us_up(
    app: App, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp, "TIMEOUT", 0.2)
    found = looked(app, authority, server(authority, {"CONNECT": Deed.STAY_SILENT}))
    assert faults(found) == {"smtp.connection": STOPS}


def test_a_rehearsal_asks_no_server(app: App) -> None:
    assert faults(smtp.find(app)) == {"smtp": LOOK}


def token(**changed: Any) -> str:
    claims = {"aud": "https://outlook.office365.com", "roles": ["SMTP.SendAsApp"], "exp": 4e9}
    said = base64.urlsafe_b64encode(json.dumps(claims | changed).encode()).decode().rstrip("=")
    return f"eyJ.{said}.signature"


class Issuer(FakeIssuer):
    """Gives one token, always the same."""

    given = ""

    def ask(self, mailbox: str) -> Any:
        return replace(super().ask(mailbox), token=self.given)


def issuer(given: str, **state: Any) -> Issuer:
    made = Issuer(**state)
    made.given = given
    return made


@pytest.fixture
def exchange() -> Iterator[ExchangeOnline]:
    with ExchangeOnline(
        lambda mailbox, said: said.startswith("eyJ") or said == "opaque"
    ) as running:
        yield running


@pytest.mark.parametrize(
    ("given", "check", "said"),
    [
        (token(), None, "for Exchange with SMTP.SendAsApp, for "),
        (token(exp=None), None, "for Exchange, with SMTP.SendAsApp"),
        (token(exp=1), "smtp.token", "that clock is wrong"),
        (token(aud="00000002-0000-0ff1-ce00-000000000000"), None, "for Exchange"),
        ("opaque", None, "An access token was given"),
        (token(aud="https://graph.microsoft.com"), "smtp.token", "not Microsoft Graph"),
        (token(roles=["Mail.Send"]), "smtp.token", "its roles are Mail.Send"),
        (token(roles=[]), "smtp.token", "grant admin consent"),
        ("eyJ-that-is-refused", None, ""),
    ],
)
def test_a_token_is_read_before_it_is_used(
    app: App, exchange: ExchangeOnline, given: str, check: str | None, said: str
) -> None:
    way = exchange.server(username=MAILBOX, tokens=Tokens(issuer(given)))
    found = list(smtp.find(office(app, server=way, return_path=MAILBOX)))
    assert said in words(found)
    expected = {check} if check else set[str]()
    assert {each for each in faults(found) if each == "smtp.token"} == expected
    assert given not in str(found)


def test_a_return_path_that_exchange_refuses_is_explained(
    app: App, exchange: ExchangeOnline
) -> None:
    way = exchange.server(username=MAILBOX, tokens=Tokens(issuer(token())))
    found = list(smtp.find(office(app, server=way)))
    assert faults(found) == {"smtp.return_path": STOPS}
    assert "5.7.60" in words(found)


def test_without_a_token_the_server_is_not_asked(app: App) -> None:
    way = SmtpServer("localhost", 1, username=MAILBOX, tokens=Tokens(issuer("", is_away=True)))
    found = list(smtp.find(office(app, server=way)))
    assert faults(found) == {"smtp.token": STOPS}


def test_the_largest_letter_is_measured_with_its_attachments(
    app: App, authority: Authority
) -> None:
    steps.rendered(app, "OXO")
    with app.sessions.begin() as session:
        pdf = store.largest_letter(session)
        assert pdf > 10_000
        [row] = session.query(Letter)
        attached = Attachment(name="cases.xlsx", media_type="text/csv", sha256="0" * 64)
        documents.keep(session, {"0" * 64: ("text/csv", b"x" * 3_000_000)})
        row.draft = replace(row.draft, attachments=(attached,))
    with app.sessions.read() as session:
        assert store.largest_letter(session) == pdf + 3_000_000
    found = looked(app, authority, server(authority, extensions=("SIZE 4000000", *OFFERS[1:])))
    assert faults(found) == {"smtp.size": STOPS}
    assert "MB as a message" in words(found)
