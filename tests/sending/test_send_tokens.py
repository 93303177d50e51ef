"""Whole mailouts that cannot log in, or may not send: they wait, and nothing is refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest

from dispatch.app import App
from dispatch.domain.delivery import DeliveryState
from dispatch.domain.mailout import MailoutState
from dispatch.mail.oauth.tokens import Tokens
from dispatch.mail.outgoing.transport import SmtpTransport
from dispatch.mailouts.store import mailout_named
from dispatch.sending import release
from tests import steps
from tests.factories import a_word
from tests.fakes import FakeClock
from tests.mail.exchange_online import ExchangeOnline
from tests.mail.oauth.issuers import MAILBOX
from tests.mail.oauth.token_endpoint import SECRET, TokenEndpoint

FIVE = ("OXO", "ADU", "BIR", "CMD", "HOR")
EXPIRED = (401, {"error": "invalid_client", "error_description": "AADSTS7000222: expired"})
QUEUED, ACCEPTED = DeliveryState.QUEUED, DeliveryState.ACCEPTED


@pytest.fixture
def endpoint() -> Iterator[TokenEndpoint]:
    with TokenEndpoint() as running:
        yield running


@pytest.fixture
def server(endpoint: TokenEndpoint) -> Iterator[ExchangeOnline]:
    def is_token(_: str, token: str) -> bool:
        return token in endpoint.given

    with ExchangeOnline(is_token, takes_any_return_path=True) as running:
        yield running


def states(app: App) -> Counter[DeliveryState]:
    return Counter(each.state for each in steps.deliveries_of(app).values())


def sent(app: App, server: ExchangeOnline, endpoint: TokenEndpoint) -> App:
    """Release five letters to the server, and send what can be sent."""
    tokens = Tokens(endpoint.microsoft())
    app = replace(app, transport=SmtpTransport(server.server(username=MAILBOX, tokens=tokens)))
    steps.send_due(app)
    return app


def resumed(app: App, clock: FakeClock) -> None:
    with app.sessions.begin() as session:
        release.resume(session, mailout_named(session, steps.NAME), a_word(clock()))
    steps.send_due(app)


def test_a_secret_that_has_expired_pauses_the_mailout_and_says_what_to_change(
    app: App, clock: FakeClock, endpoint: TokenEndpoint, server: ExchangeOnline
) -> None:
    steps.released(app, clock, *FIVE, cc_roles=())
    endpoint.says.append(EXPIRED)
    app = sent(app, server, endpoint)
    assert states(app) == {QUEUED: 5}
    mailout = steps.mailout_of(app)
    assert mailout.state is MailoutState.PAUSED
    remark = mailout.remark or ""
    assert remark.startswith("the request for a token was answered with '401 invalid_client: AAD")
    assert "DISPATCH_OAUTH_CLIENT_SECRET" in remark
    assert SECRET not in remark
    assert len(endpoint.forms) == 1

    endpoint.says.clear()
    resumed(app, clock)
    assert states(app) == {ACCEPTED: 5}
    assert len({each.rcpt_to for each in server.taken}) == len(server.taken) == 5


def test_an_endpoint_that_cannot_be_reached_pauses_the_mailout(
    app: App, clock: FakeClock, endpoint: TokenEndpoint, server: ExchangeOnline
) -> None:
    steps.released(app, clock, *FIVE, cc_roles=())
    tokens = Tokens(endpoint.microsoft(authority="https://localhost:1"))
    app = replace(app, transport=SmtpTransport(server.server(username=MAILBOX, tokens=tokens)))
    steps.send_due(app)
    assert states(app) == {QUEUED: 5}
    mailout = steps.mailout_of(app)
    assert mailout.state is MailoutState.PAUSED
    assert (mailout.remark or "").startswith("the request for a token failed: 'no connection to lo")


def test_a_sender_that_is_denied_from_the_third_letter_on_pauses_the_mailout(
    app: App, clock: FakeClock, endpoint: TokenEndpoint, server: ExchangeOnline
) -> None:
    steps.released(app, clock, *FIVE, cc_roles=())
    server.denies_from = 3
    app = sent(app, server, endpoint)
    assert states(app) == {ACCEPTED: 2, DeliveryState.DEFERRED: 1, QUEUED: 2}
    assert steps.state_of(app) is MailoutState.PAUSED

    server.denies_from = None
    resumed(app, clock)
    assert states(app) == {ACCEPTED: 5}
    assert len({each.rcpt_to for each in server.taken}) == len(server.taken) == 5
