"""Logging in to SMTP by XOAUTH2."""

from __future__ import annotations

from base64 import b64decode, b64encode
from typing import Any

import pytest

from dispatch.domain.replies import tokens as meanings
from dispatch.domain.replies.meanings import LOGIN_OFF, LOGIN_WITHDRAWN, Meaning, Whose
from dispatch.domain.reply import Outcome, Reply, Verdict
from dispatch.mail.oauth.tokens import Tokens
from dispatch.mail.outgoing.relay import SmtpServer
from dispatch.mail.outgoing.smtp import SmtpConnection
from dispatch.mail.outgoing.transport import SmtpTransport
from tests.mail.oauth.issuers import MAILBOX, FakeIssuer
from tests.mail.servers import CA_FILE, Answer, ScriptedServer

OFFERS = ["AUTH LOGIN PLAIN XOAUTH2"]
CHALLENGE = "334 " + b64encode(b'{"status":"400","schemes":"Bearer"}').decode()
NOT_TAKEN = "535 5.7.3 Authentication unsuccessful [LO2P.PROD.OUTLOOK.COM]"


def at(server: ScriptedServer, tokens: Tokens, **settings: Any) -> SmtpTransport:
    settings = {"host": "localhost", "security": "none", "timeout": 5.0, **settings}
    return SmtpTransport(
        SmtpServer(port=server.port, username=MAILBOX, tokens=tokens, ca_file=CA_FILE, **settings)
    )


def failure(transport: SmtpTransport) -> Outcome:
    outcome = transport.connect()
    assert isinstance(outcome, Outcome)
    assert outcome.verdict is Verdict.DEFERRED
    assert "token-" not in repr(outcome)
    return outcome


def logins(server: ScriptedServer) -> list[str]:
    """Return what each login said, decoded."""
    said = [each.split()[2] for each in server.heard if each.startswith("AUTH XOAUTH2 ")]
    return [b64decode(each).decode() for each in said]


def test_a_token_is_said_at_once_on_a_safe_line() -> None:
    with ScriptedServer(extensions=OFFERS, tls="starttls") as server:
        line = at(server, Tokens(FakeIssuer()), security="starttls").connect()
        assert isinstance(line, SmtpConnection)
        line.close()
    assert logins(server) == [f"user={MAILBOX}\1auth=Bearer token-1\1\1"]
    assert server.heard.index("STARTTLS") < len(server.heard) - 2


@pytest.mark.parametrize(
    ("answer", "meaning"),
    [
        (NOT_TAKEN, meanings.TOKEN_NOT_TAKEN),
        ("535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is off", LOGIN_OFF),
        ("550 5.7.30 Basic authentication is not supported", LOGIN_WITHDRAWN),
        ("501 5.5.124 Invalid XOAUTH2", meanings.LOGIN_MALFORMED),
    ],
)
def test_exchange_refuses_a_new_token_at_once_and_is_not_asked_again(
    answer: str, meaning: Meaning
) -> None:
    issuer = FakeIssuer()
    with ScriptedServer({"AUTH": answer}, extensions=OFFERS) as server:
        outcome = failure(at(server, Tokens(issuer)))
    assert outcome.reply
    assert outcome.reply.meaning == meaning
    assert outcome.whose is Whose.US
    assert (server.lines, issuer.asked) == (1, 1)


def test_google_wants_an_empty_line_before_it_refuses() -> None:
    script: dict[str, list[Answer]] = {"AUTH": [CHALLENGE, "535-5.7.8 not\r\n535 5.7.8 accepted"]}
    with ScriptedServer(dict(script), extensions=OFFERS) as server:
        outcome = failure(at(server, Tokens(FakeIssuer())))
    assert outcome.reply == Reply("AUTH", 535, "5.7.8 not\n5.7.8 accepted")
    assert outcome.whose is Whose.US
    assert [each for each in server.heard if not each.startswith(("ehlo", "AUTH"))] == [""]


def test_a_token_that_was_kept_and_is_refused_is_renewed_once() -> None:
    issuer = FakeIssuer()
    tokens = Tokens(issuer)
    tokens.get(MAILBOX)
    with ScriptedServer({"AUTH": [NOT_TAKEN]}, extensions=OFFERS) as server:
        line = at(server, tokens).connect()
        assert isinstance(line, SmtpConnection)
        line.close()
    assert [each.partition("Bearer ")[2] for each in logins(server)] == [
        "token-1\1\1",
        "token-2\1\1",
    ]


def test_a_renewed_token_that_is_refused_too_is_the_end() -> None:
    issuer = FakeIssuer()
    tokens = Tokens(issuer)
    tokens.get(MAILBOX)
    with ScriptedServer({"AUTH": NOT_TAKEN}, extensions=OFFERS) as server:
        outcome = failure(at(server, tokens))
    assert outcome.reply
    assert (server.lines, issuer.asked) == (2, 2)


def test_without_a_token_no_server_is_called() -> None:
    with ScriptedServer(extensions=OFFERS) as server:
        outcome = failure(at(server, Tokens(FakeIssuer(is_away=True))))
    assert outcome.reply
    assert outcome.reply.meaning == meanings.ENDPOINT_UNREACHABLE
    assert server.lines == 0


def test_a_server_that_does_not_offer_xoauth2_gets_no_token() -> None:
    with ScriptedServer(extensions=["AUTH PLAIN LOGIN"]) as server:
        outcome = failure(at(server, Tokens(FakeIssuer())))
    assert "does not offer login by XOAUTH2" in str(outcome)
    assert logins(server) == []


def test_a_server_that_repeats_the_token_is_quoted_without_it() -> None:
    said = b64encode(f"user={MAILBOX}\1auth=Bearer token-1\1\1".encode()).decode()
    script: dict[str, Answer] = {"AUTH": f"500 5.5.1 what? {said} and token-1"}
    with ScriptedServer(script, extensions=OFFERS) as server:
        outcome = failure(at(server, Tokens(FakeIssuer())))
    assert outcome.reply == Reply("AUTH", 500, "5.5.1 what? ... and ...")
