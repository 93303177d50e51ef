"""What the large providers reply, on the way that letters really go: whose fault it is decides.

A reply about us defers the letter and pauses the mailout, and no recipient is blamed; one about the
pace defers it and slows all letters; one about the recipient decides about this letter alone.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Final

import pytest
from sqlalchemy import select

from dispatch.app import App
from dispatch.database.tables import Bucket, MailServer
from dispatch.domain.delivery import DeliveryState
from dispatch.domain.mailout import MailoutState
from dispatch.domain.replies.meanings import Whose
from dispatch.domain.reply import Reply
from dispatch.domain.sending.explanation import explained
from dispatch.domain.sending.pace import SERVICE
from dispatch.mail.outgoing.relay import SmtpServer
from dispatch.mail.outgoing.transport import SmtpTransport
from dispatch.mailouts.store import mailout_named
from dispatch.sending import release
from dispatch.views.deliveries import delivery_view, story
from tests import steps
from tests.factories import a_word
from tests.fakes import FakeClock
from tests.mail.servers import ScriptedServer

ACCEPTED, DEFERRED = DeliveryState.ACCEPTED, DeliveryState.DEFERRED
QUEUED, REFUSED = DeliveryState.QUEUED, DeliveryState.REFUSED

LOGIN: Final = (
    "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled",
    "535 5.7.3 Authentication unsuccessful",
    "550 5.7.30 Basic authentication is not supported for Client Submission",
    "501 5.5.124 Invalid authentication blob",
)
US: Final = (
    ("MAIL", "530 5.7.57 Client not authenticated to send mail"),
    ("MAIL", "550 5.7.60 SMTP; Client does not have permissions to send as this sender"),
    (".", "554 5.2.252 SendAsDenied; a@us.example not allowed to send as b@us.example"),
    (".", "554 5.2.0 STOREDRV.Submission.Exception:SendAsDeniedException.MapiException"),
    (".", "550 5.2.251 Sender throttled due to continuous errors"),
    (".", "550 5.2.255 Sender throttled"),
    (".", "430 4.2.0 STOREDRV; mailbox logon failure; unknown user or bad password"),
    (".", "554 5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException"),
    ("RCPT", "550 5.1.90 Your message can't be sent because you've reached your daily limit"),
    (".", "550 5.2.2 Submission quota exceeded"),
    (
        "RCPT",
        "550-5.4.5 Daily user sending limit exceeded. For more information on\r\n550 5.4.5 it",
    ),
    ("RCPT", "550 5.7.1 Daily SMTP relay limit exceeded for customer"),
    ("RCPT", "550 5.1.8 Access denied, bad outbound sender"),
    (".", "550 5.7.501 Access denied, spam abuse detected"),
    ("RCPT", "550 5.7.503 Access denied, banned sender"),
    ("RCPT", "550 5.7.64 TenantAttribution; Relay Access Denied"),
    ("RCPT", "550 5.7.54 SMTP; Unable to relay recipient in non-accepted domain"),
    ("RCPT", "554 5.7.1 <ce@oxo.example>: Relay access denied"),
    ("RCPT", "550 5.7.68 TenantInboundAttribution; Direct Send not allowed"),
    ("RCPT", "550 5.7.750 Service unavailable. Client blocked from sending from unregistered"),
    (".", "550 5.7.703 Your message can't be delivered"),
    ("RCPT", "550 5.7.705 Access denied, tenant has exceeded threshold"),
    ("RCPT", "550 5.7.708 Access denied, traffic not accepted from this IP"),
    (".", "550 5.7.509 Access denied, sending domain does not pass DMARC verification"),
    (".", "550 5.7.515 Access denied, sending domain doesn't meet the required level"),
    (".", "550-5.7.26 Your email has been blocked because the sender is\r\n550 5.7.26 unknown"),
    ("RCPT", "550 5.7.23 The message was rejected because of Sender Policy Framework violation"),
    ("RCPT", "550 5.7.25 The IP address sending this message does not have a PTR record"),
    ("RCPT", "550 5.7.511 Access denied, banned sender"),
    ("RCPT", "550 5.7.606 Access denied, banned sending IP"),
    ("RCPT", "550 5.7.649 Access denied, banned sending IP"),
    (".", "554 host relay.example said: 550 5.7.705 tenant (in reply to end of DATA command)"),
)
PACE: Final = (
    ("MAIL", "432 4.3.2 Concurrent connections limit exceeded"),
    ("RCPT", "451 4.7.500 Server busy. Please try again later from [192.0.2.1]"),
    ("RCPT", "451 4.7.699 Access denied, please try again later (AS9000)"),
    (".", "451 4.7.651 The mail server has been temporarily rate limited"),
    ("RCPT", "451 4.7.850 Access denied, please try again later"),
    (".", "450 4.2.1 Peak SMTP relay limit exceeded for customer"),
    ("RCPT", "421 4.7.0 Try again later, closing connection"),
    (".", "421 4.7.28 Gmail has detected an unusual rate of email"),
)
LATER: Final = (
    (".", "432 4.3.2 STOREDRV.Deliver; recipient thread limit exceeded"),
    ("RCPT", "550 5.2.121 Recipient's per hour message receive limit exceeded"),
    ("RCPT", "550 5.2.122 The recipient has exceeded their limit"),
    ("RCPT", "450 4.7.321 starttls-not-supported"),
    ("RCPT", "450 4.7.325 certificate-host-mismatch"),
    ("RCPT", "450 4.2.0 <ce@oxo.example>: Recipient address rejected: Greylisted"),
)
NEVER: Final = (
    ("RCPT", "550 5.1.1 <ce@oxo.example>: User unknown in virtual mailbox table"),
    ("RCPT", "550 5.1.10 RESOLVER.ADR.RecipientNotFound"),
    ("RCPT", "550 5.4.1 Recipient address rejected: Access denied"),
    ("RCPT", "550 5.7.1 RESOLVER.RST.NotAuthorized; not authorized"),
    (".", "550 5.7.12 The recipient takes no messages from outside"),
    ("RCPT", "550 5.7.124 Sender not in allowed-senders list"),
    (".", "550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup"),
    (".", "550 5.7.134 RESOLVER.RST.SenderNotAuthenticatedForMailbox"),
    (".", "550 5.7.136 Sender not authenticated"),
)


@pytest.fixture(autouse=True)
def _released(app: App, clock: FakeClock) -> None:
    steps.released(app, clock, "OXO", "ADU", cc_roles=())


def offered_to(app: App, server: ScriptedServer, password: str | None = None) -> App:
    """Have the letters offered to a server, over one connection, until nothing is due."""
    relay = SmtpServer(
        host="127.0.0.1",
        port=server.port,
        security="none",
        username=password and "me",
        password=password,
    )
    app = replace(app, transport=SmtpTransport(relay))
    steps.send_due(app)
    return app


def states(app: App) -> Counter[DeliveryState]:
    return Counter(each.state for each in steps.deliveries_of(app).values())


def is_shown(app: App, verb: str, answer: str, whose: Whose) -> bool:
    """Whether the delivery that got an answer is shown with what it means and what to do."""
    meaning = explained(reply(verb, answer))
    with app.sessions.read() as session:
        views = [
            delivery_view(story(session, str(each.id)))
            for each in steps.deliveries_of(app).values()
        ]
    [tried] = [each for view in views for each in view.tries if each.verdict != "accepted"]
    return (tried.whose, tried.means) == (whose, f"{meaning.means}; {meaning.to_do}")


def reply(verb: str, answer: str) -> Reply:
    """Return an answer as it is recorded: the code once, and the lines below each other."""
    code = answer[:3]
    return Reply(verb, int(code), "\n".join(line[4:] for line in answer.split("\r\n")))


def is_struck(app: App) -> bool:
    """Whether all letters go more slowly."""
    with app.sessions.read() as session:
        return bool(session.scalar(select(Bucket.strikes).where(Bucket.key == SERVICE)))


def resumed(app: App, clock: FakeClock) -> None:
    with app.sessions.begin() as session:
        release.resume(session, mailout_named(session, steps.NAME), a_word(clock()))


@pytest.mark.parametrize(("verb", "answer"), US)
def test_a_reply_about_us_pauses_the_mailout_and_blames_nobody(
    app: App, verb: str, answer: str
) -> None:
    with ScriptedServer({verb: [answer]}) as server:
        app = offered_to(app, server)
    assert states(app) == {DEFERRED: 1, QUEUED: 1}
    mailout = steps.mailout_of(app)
    assert mailout.state is MailoutState.PAUSED
    meaning = explained(reply(verb, answer))
    assert (mailout.remark or "").endswith(f"{meaning.means}; {meaning.to_do}")
    assert is_shown(app, verb, answer, Whose.US)


@pytest.mark.parametrize("answer", LOGIN)
def test_a_login_that_is_refused_tries_no_letter_and_pauses_the_mailout(
    app: App, clock: FakeClock, answer: str
) -> None:
    with ScriptedServer({"AUTH": answer}, extensions=["AUTH PLAIN"]) as server:
        app = offered_to(app, server, "pw")
        assert states(app) == {QUEUED: 2}
        mailout = steps.mailout_of(app)
        assert mailout.state is MailoutState.PAUSED
        meaning = explained(reply("AUTH", answer))
        assert (mailout.remark or "").endswith(f"{meaning.means}; {meaning.to_do}")
        with app.sessions.read() as session:
            [known] = session.scalars(select(MailServer))
        assert meaning.means in (known.trouble or "")

        server.mend()
        resumed(app, clock)
        app = offered_to(app, server, "pw")
    assert states(app) == {ACCEPTED: 2}


@pytest.mark.parametrize(("verb", "answer"), PACE)
def test_a_reply_about_the_pace_defers_the_letter_and_slows_all_of_them(
    app: App, verb: str, answer: str
) -> None:
    with ScriptedServer({verb: [answer]}) as server:
        app = offered_to(app, server)
    found = states(app)
    assert (found[DEFERRED], found[REFUSED]) == (1, 0)
    assert steps.state_of(app) is MailoutState.RELEASING
    assert is_struck(app)
    assert is_shown(app, verb, answer, Whose.PACE)


@pytest.mark.parametrize(
    ("verb", "answer", "state"),
    [*((*row, DEFERRED) for row in LATER), *((*row, REFUSED) for row in NEVER)],
)
def test_a_reply_about_the_recipient_decides_about_one_letter(
    app: App, verb: str, answer: str, state: DeliveryState
) -> None:
    with ScriptedServer({verb: [answer]}) as server:
        app = offered_to(app, server)
    assert states(app) == {state: 1, ACCEPTED: 1}
    assert steps.state_of(app) is MailoutState.RELEASING
    assert not is_struck(app)
    assert is_shown(app, verb, answer, Whose.COUNCIL)
