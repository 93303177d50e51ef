"""A relay that goes bad right after the release: few letters meet it, and none is sent twice.

Everything is real but for the clock: the mail server, the mailbox, the reading of what comes back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from email.parser import BytesParser
from pathlib import Path
from typing import Final, cast
from uuid import uuid4

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from dispatch.app import App
from dispatch.domain.delivery import DeliveryState
from dispatch.domain.mailout import MailoutState
from dispatch.domain.sending.first_letters import MOST
from dispatch.mail.incoming.maildir import Maildir
from dispatch.mail.outgoing.relay import SmtpServer
from dispatch.mail.outgoing.ways import RelayTransport
from dispatch.mail.server_thread import ServerThread, SmtpSession
from dispatch.mailouts.store import mailout_named
from dispatch.sending import release
from dispatch.worker import tasks
from dispatch.worker.means import Means
from tests import steps
from tests.factories import RELEASE_AT, a_word
from tests.fakes import FakeClock

COUNCILS: Final = tuple(f"X{number:02}" for number in range(17))
OK: Final = "250 2.0.0 queued"
DENIED: Final = "554 5.2.252 SendAsDenied; bounces@ombudsman.example not allowed to send as"


class Relay(ServerThread):
    """A mail server that takes every message, and may return them or say no to all of them."""

    def __init__(self, mailbox: Path) -> None:
        super().__init__("relay")
        self.mailbox = mailbox
        self.offered: list[str] = []
        """The recipients of the messages that were offered to it, up to the final dot."""
        self.returns_all = False
        self.answer = OK

    async def _opened(self) -> asyncio.Server:
        def session() -> SmtpSession:
            return SmtpSession(self, largest=10**7, hostname="relay.example", ident="relay")

        return await asyncio.get_running_loop().create_server(session, "127.0.0.1", 0)

    async def handle_DATA(  # noqa: N802 - the name is aiosmtpd's
        self, _smtp: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        self.offered += envelope.rcpt_tos
        if self.returns_all:
            (self.mailbox / "new" / uuid4().hex).write_bytes(_returned(envelope))
        return self.answer


def _returned(envelope: Envelope) -> bytes:
    """Return the notification by which the relay says that our tenant is blocked."""
    headers = BytesParser().parsebytes(cast("bytes", envelope.content), headersonly=True)
    return f"""\
Return-Path: <>
Delivered-To: {envelope.mail_from}
From: postmaster@office.onmicrosoft.example
To: {envelope.mail_from}
Subject: Undeliverable
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

Your message could not be delivered.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns;relay.example

Final-Recipient: rfc822;{envelope.rcpt_tos[0]}
Action: failed
Status: 5.7.705
Diagnostic-Code: smtp;550 5.7.705 Access denied, tenant has exceeded threshold

--b
Content-Type: message/rfc822

Message-ID: {headers["Message-ID"]}
From: {headers["From"]}

--b--
""".replace("\n", "\r\n").encode()


@pytest.fixture
def relay(tmp_path: Path) -> Iterator[Relay]:
    mailbox = tmp_path / "bounces"
    for folder in ("new", "cur"):
        (mailbox / folder).mkdir(parents=True)
    with Relay(mailbox) as running:
        yield running


@pytest.fixture
def means(app: App, clock: FakeClock, relay: Relay) -> Means:
    """Two letters to each of seventeen receiving systems, and a clock that has released them."""
    steps.scheduled(app, *COUNCILS, first_letters_minutes=15)
    clock.reach(RELEASE_AT)
    server = SmtpServer.from_url(f"smtp://127.0.0.1:{relay.port}", plaintext_host=None)
    real = replace(app, transport=RelayTransport(server), inboxes=(Maildir(relay.mailbox),))
    return Means(real, lambda task, workers: None)


def minute(means: Means, clock: FakeClock) -> None:
    """Let a minute pass in which the clock and a worker do all that is to be done."""
    tasks.collect_mail(means)
    tasks.read_mail(means)
    tasks.tick(means)
    tasks.send_letters(means)
    clock.advance(minutes=1)


def resumed(app: App) -> None:
    with app.sessions.begin() as session:
        found = mailout_named(session, steps.NAME, is_locked=True)
        release.resume(session, found, a_word(app.clock()))


@pytest.mark.parametrize("is_by_mail", [True, False], ids=["notices", "replies"])
def test_a_relay_that_goes_bad_meets_few_letters(
    app: App, clock: FakeClock, relay: Relay, means: Means, *, is_by_mail: bool
) -> None:
    relay.returns_all, relay.answer = is_by_mail, OK if is_by_mail else DENIED
    for _ in range(40):
        minute(means, clock)
    assert 0 < len(relay.offered) <= MOST
    assert steps.state_of(app) is MailoutState.PAUSED
    states = {each.state for each in steps.deliveries_of(app).values()}
    assert DeliveryState.REFUSED not in states

    met = list(relay.offered) if is_by_mail else []
    relay.returns_all, relay.answer, relay.offered = False, OK, met
    resumed(app)
    for _ in range(3):
        minute(means, clock)
    assert len(relay.offered) == len(set(relay.offered)) == 2 * len(COUNCILS)
    assert steps.state_of(app) is MailoutState.SENT


def test_with_a_good_relay_the_others_follow(
    app: App, clock: FakeClock, relay: Relay, means: Means
) -> None:
    for _ in range(15):
        minute(means, clock)
        assert len(relay.offered) == MOST
    assert clock() == RELEASE_AT + timedelta(minutes=15)
    for _ in range(3):
        minute(means, clock)
    assert len(relay.offered) == len(set(relay.offered)) == 2 * len(COUNCILS)
    assert steps.state_of(app) is MailoutState.SENT
