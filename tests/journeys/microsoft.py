"""An office's mailbox at Microsoft 365, on loopback: login by token, SMTP with limits, and IMAP.

Its host name says nothing, as behind a tunnel, so a setting names the profile.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from tests.mail.dovecot import Dovecot, dovecot
from tests.mail.exchange_online import ExchangeOnline, Taken
from tests.mail.oauth.issuers import MAILBOX
from tests.mail.oauth.token_endpoint import CLIENT_ID, SECRET, TENANT, TokenEndpoint
from tests.mail.servers import CA_FILE

PROVIDERS_LIMIT = 30
"""Messages in what the server takes for a minute, from which it answers late."""

NOTICE = """\
Return-Path: <>
From: Microsoft Outlook <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@office.example>
To: <{mailbox}>
Subject: Undeliverable: Annual Review letter
Message-ID: <{number}@LO2P123MB1234.GBRP123.PROD.OUTLOOK.COM>
In-Reply-To: {message_id}
References: {message_id}
Auto-Submitted: auto-replied
X-MS-Exchange-Message-Is-Ndr:
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=part

--part
Content-Type: text/plain; charset=us-ascii

{rcpt_to} wasn't found at {domain}.

--part
Content-Type: message/delivery-status

Reporting-MTA: dns;LO2P123MB1234.GBRP123.PROD.OUTLOOK.COM

Final-Recipient: rfc822;{rcpt_to}
Action: failed
Status: 5.1.10
Diagnostic-Code: smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient {rcpt_to} not found

--part
Content-Type: message/rfc822

{headers}

--part--
"""


@dataclass
class Office:
    """What the office has there. The server tells what it met."""

    server: ExchangeOnline
    endpoint: TokenEndpoint
    mailbox: Dovecot

    @property
    def settings(self) -> dict[str, str]:
        """The settings of a service that sends and receives by it, with the provider's profile."""
        user = MAILBOX.replace("@", "%40")
        return {
            "DISPATCH_SMTP_URL": f"smtp://{user}@localhost:{self.server.port}?ca={CA_FILE}",
            "DISPATCH_IMAP_URL": f"imaps://{user}@localhost:{self.mailbox.tls_port}/INBOX"
            f"?ca={CA_FILE}",
            "DISPATCH_PROVIDER": "microsoft365",
            "DISPATCH_OAUTH_TENANT": TENANT,
            "DISPATCH_OAUTH_CLIENT_ID": CLIENT_ID,
            "DISPATCH_OAUTH_CLIENT_SECRET": SECRET,
            "DISPATCH_OAUTH_AUTHORITY": self.endpoint.url,
            "DISPATCH_OAUTH_CA": str(CA_FILE),
            "DISPATCH_SENDER": MAILBOX,
            "DISPATCH_RETURN_PATH_STYLE": "plain",
            "DISPATCH_POLL_SECONDS": "5",
        }

    def bounce(self, taken: Sequence[Taken]) -> None:
        """Let messages come back, as Exchange Online words it."""
        for number, each in enumerate(taken):
            self.mailbox.deliver(f"bounce-{number}", notice(each, number))


def notice(taken: Taken, number: int) -> bytes:
    """Return what says that a message's recipient does not exist."""
    headers, _, _ = taken.content.decode().replace("\r\n", "\n").partition("\n\n")
    return NOTICE.format(
        mailbox=MAILBOX,
        number=number,
        message_id=taken.message_id,
        rcpt_to=taken.rcpt_to,
        domain=taken.rcpt_to.partition("@")[2],
        headers=headers,
    ).encode()


@contextmanager
def office(*, minute: float = 60.0) -> Iterator[Office]:
    """Run all servers; what the mail server takes for a minute may be shorter."""
    with TokenEndpoint() as endpoint:

        def is_token(mailbox: str, token: str) -> bool:
            return mailbox == MAILBOX and token in endpoint.given

        with (
            dovecot(f"{endpoint.url}/introspect") as mailbox,
            ExchangeOnline(
                is_token, a_minute=PROVIDERS_LIMIT, minute=minute, needs_tls=False
            ) as server,
        ):
            yield Office(server, endpoint, mailbox)
