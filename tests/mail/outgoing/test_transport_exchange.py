"""Sending through a server that behaves as Exchange Online does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from dispatch.domain.replies.meanings import LOGIN_REFUSED, SENDER_REFUSED, Whose
from dispatch.domain.replies.tokens import TOKEN_NOT_TAKEN
from dispatch.domain.reply import Outcome, Verdict
from dispatch.domain.sending.envelope import Envelope
from dispatch.mail.oauth.tokens import Tokens
from dispatch.mail.outgoing.smtp import SmtpConnection
from dispatch.mail.outgoing.transport import SmtpTransport
from tests.mail.exchange_online import HOST, ExchangeOnline
from tests.mail.oauth.issuers import MAILBOX
from tests.mail.oauth.token_endpoint import TokenEndpoint

MESSAGE = (
    b"From: Office <bounces@office.example>\r\nMessage-ID: <1@office.example>\r\n\r\nHello\r\n"
)


@pytest.fixture
def endpoint() -> Iterator[TokenEndpoint]:
    with TokenEndpoint() as running:
        yield running


def exchange(endpoint: TokenEndpoint, **settings: Any) -> ExchangeOnline:
    """Return a server that takes the tokens of an endpoint."""

    def is_token(mailbox: str, token: str) -> bool:
        is_given = token in endpoint.given and token not in endpoint.withdrawn
        return mailbox == MAILBOX and is_given

    return ExchangeOnline(is_token, **settings)


def transport(server: ExchangeOnline, endpoint: TokenEndpoint) -> SmtpTransport:
    return SmtpTransport(server.server(username=MAILBOX, tokens=Tokens(endpoint.microsoft())))


def line_to(way: SmtpTransport) -> SmtpConnection:
    line = way.connect()
    assert isinstance(line, SmtpConnection), line
    return line


def offered(line: SmtpConnection, mail_from: str = MAILBOX, message: bytes = MESSAGE) -> Outcome:
    envelope = Envelope(mail_from, "ce@council.example", "id")
    return line.offer(envelope, message, before_dot=lambda: True)


def test_a_letter_goes_by_token_over_tls_and_the_id_that_it_got_is_told(
    endpoint: TokenEndpoint,
) -> None:
    with exchange(endpoint, replaces_message_ids=True) as server:
        line = line_to(transport(server, endpoint))
        outcome = offered(line)
        line.close()
    assert outcome.verdict is Verdict.ACCEPTED
    [taken] = server.taken
    assert str(outcome) == f"250 2.0.0 OK {taken.message_id} [Hostname={HOST}]"
    assert b"X-Microsoft-Original-Message-ID: <1@office.example>" in taken.content
    assert line.tls


def test_another_return_path_is_refused_and_that_is_about_us(endpoint: TokenEndpoint) -> None:
    with exchange(endpoint) as server:
        line = line_to(transport(server, endpoint))
        outcome = offered(line, "bounces+token@office.example")
        assert offered(line).verdict is Verdict.ACCEPTED  # on the same line
        line.close()
    assert outcome.reply
    assert outcome.reply.meaning == SENDER_REFUSED
    assert outcome.verdict is Verdict.DEFERRED


def test_a_fourth_line_is_told_that_it_is_one_too_many(endpoint: TokenEndpoint) -> None:
    with exchange(endpoint) as server, ExitStack() as stack:
        way = transport(server, endpoint)
        lines = [line_to(way) for _ in range(4)]
        for line in lines:
            stack.callback(line.close)
        outcomes = [offered(line) for line in lines]
        assert [each.verdict for each in outcomes[:3]] == [Verdict.ACCEPTED] * 3
        assert (outcomes[3].verdict, outcomes[3].whose) == (Verdict.DEFERRED, Whose.PACE)
        assert server.most_lines == 4
    assert len(endpoint.forms) == 1  # one token for all


def test_over_its_rate_it_takes_its_time_and_refuses_nothing(endpoint: TokenEndpoint) -> None:
    with exchange(endpoint, a_minute=2, minute=0.2) as server:
        line = line_to(transport(server, endpoint))
        outcomes = [offered(line) for _ in range(4)]
        line.close()
    assert [each.verdict for each in outcomes] == [Verdict.ACCEPTED] * 4


def test_a_sender_that_is_denied_at_the_dot_is_about_us(endpoint: TokenEndpoint) -> None:
    with exchange(endpoint, denies_from=2) as server:
        line = line_to(transport(server, endpoint))
        outcomes = [offered(line) for _ in range(3)]
        line.close()
    assert [each.verdict for each in outcomes[1:]] == [Verdict.DEFERRED] * 2
    assert {each.whose for each in outcomes[1:]} == {Whose.US}
    assert len(server.taken) == 1


def test_a_token_that_was_withdrawn_is_renewed_once(endpoint: TokenEndpoint) -> None:
    with exchange(endpoint) as server:
        way = transport(server, endpoint)
        line_to(way).close()
        endpoint.withdrawn.update(endpoint.given)
        line_to(way).close()
    assert server.replies["535 5.7.3"] == 1
    assert len(endpoint.given) == 2


@pytest.mark.parametrize(
    ("is_google", "code", "meaning"),
    [(False, "535 5.7.3", TOKEN_NOT_TAKEN), (True, "535 5.7.8", LOGIN_REFUSED)],
)
def test_a_mailbox_that_may_not_log_in_is_told_once(
    endpoint: TokenEndpoint, is_google: bool, code: str, meaning: object
) -> None:
    with exchange(endpoint, is_google=is_google) as server:
        tokens = Tokens(endpoint.microsoft())
        at = server.server(username="other@office.example", tokens=tokens)
        outcome = SmtpTransport(at).connect()
    assert isinstance(outcome, Outcome)
    assert outcome.reply
    assert outcome.reply.meaning == meaning
    assert server.replies == {code: 1}
    assert len(endpoint.forms) == 1
