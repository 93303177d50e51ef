"""A mail server on loopback that behaves as Exchange Online does to a login, or as Google does.

Not all that they do: what costs a sender who does not expect it.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from base64 import b64decode
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from email.parser import BytesHeaderParser
from typing import Any, Final
from weakref import WeakSet

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from dispatch.mail.outgoing.relay import SmtpServer
from dispatch.mail.server_thread import ServerThread, SmtpSession
from tests.mail.servers import CA_FILE, CERTS

HOST: Final = "LO2P123MB1234.GBRP123.PROD.OUTLOOK.COM"
NOT_TAKEN: Final = f"535 5.7.3 Authentication unsuccessful [{HOST}]"
NOT_TAKEN_BY_GOOGLE: Final = "535 5.7.8 Username and Password not accepted. - gsmtp"
GOOGLES_REASON: Final = '{"status":"400","schemes":"Bearer","scope":"https://mail.google.com/"}'
NOT_LOGGED_IN: Final = f"530 5.7.57 Client not authenticated to send mail. [{HOST}]"
NOT_THE_SENDER: Final = (
    f"550 5.7.60 SMTP; Client does not have permissions to send as this sender [{HOST}]"
)
DENIED: Final = (
    "554 5.2.252 SendAsDenied; letters@office.example not allowed to send as "
    f"other@office.example; STOREDRV.Submission.Exception:SendAsDeniedException [{HOST}]"
)
CROWDED: Final = f"432 4.3.2 Concurrent connections limit exceeded [{HOST}]"

MESSAGE_ID: Final = re.compile(
    rb"^Message-ID:[^\r\n]*(?:\r\n[ \t][^\r\n]*)*", re.IGNORECASE | re.MULTILINE
)
XOAUTH2: Final = re.compile(r"user=([^\x01]+)\x01auth=Bearer ([^\x01]+)\x01\x01")
DSN: Final = ("RET=", "ENVID=", "NOTIFY=", "ORCPT=")
LARGEST: Final = 50 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Taken:
    """A message that the server took charge of."""

    mail_from: str
    rcpt_to: str
    content: bytes
    message_id: str
    """The one that it has now, which the 250 told if it is another."""


@dataclass(eq=False)
class ExchangeOnline(ServerThread):
    """Runs from `start` to `stop`, in a thread of its own."""

    is_token: Callable[[str, str], bool]
    """Whether a mailbox may log in with a token."""
    lines: int = 3
    """Sessions that may be logged in at once; one more is told so at each final dot."""
    a_minute: int = 30
    """Messages in a minute, after which the answer to the dot is late."""
    minute: float = 60.0
    """Seconds in that minute: fewer, for a test that does not want to wait."""
    needs_tls: bool = True
    """Whether it lets nobody log in without TLS; not so behind a tunnel that does TLS for us."""
    takes_any_return_path: bool = False
    """As behind a connector; if not, only the mailbox's own address."""
    denies_from: int | None = None
    """From which message on, counted from one, it may not send as the sender; None for never."""
    replaces_message_ids: bool = False
    is_google: bool = False
    taken: list[Taken] = field(default_factory=list)
    replies: Counter[str] = field(default_factory=Counter)
    """How often each reply to AUTH, MAIL and the dot was given, by its code and status."""
    most_lines: int = 0
    logins: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__("exchange")
        self._open: WeakSet[_Session] = WeakSet()
        self._times: deque[float] = deque(maxlen=self.a_minute)
        self._offered = 0

    def server(self, **settings: Any) -> SmtpServer:
        """Return how to reach it."""
        return SmtpServer("localhost", self.port, ca_file=CA_FILE, **settings)

    async def _opened(self) -> asyncio.Server:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(CERTS / "server.pem")
        loop = asyncio.get_running_loop()
        return await loop.create_server(lambda: _Session(self, context), "127.0.0.1", 0)

    def counted(self, reply: str) -> str:
        """Return a reply, and count it."""
        self.replies[" ".join(reply.split()[:2])] += 1
        return reply

    def logged_in(self, session: _Session, said: str) -> bool:
        """Whether a login is right; then the session is one of the mailbox's lines."""
        found = XOAUTH2.fullmatch(said)
        if not found or not self.is_token(found[1], found[2]):
            return False
        self.logins.append(found[1])
        session.mailbox = found[1]
        self._open.add(session)
        self.most_lines = max(self.most_lines, len(self._lines()))
        return True

    def _lines(self) -> list[_Session]:
        return [each for each in self._open if each.is_open]

    async def take(self, session: _Session, envelope: Envelope) -> str:
        """Answer the final dot."""
        self._offered += 1
        if len(self._lines()) > self.lines and session not in self._first_lines():
            return CROWDED
        if self.denies_from is not None and self._offered >= self.denies_from:
            return DENIED
        await self._slowly()
        return self._accepted(envelope)

    def _first_lines(self) -> Sequence[_Session]:
        return sorted(self._lines(), key=lambda each: each.number)[: self.lines]

    async def _slowly(self) -> None:
        """Wait until no more than `a_minute` messages were answered within a minute."""
        now = asyncio.get_running_loop().time()
        is_full = len(self._times) == self.a_minute
        at = max(now, self._times[0] + self.minute) if is_full else now
        self._times.append(at)
        await asyncio.sleep(at - now)

    def _accepted(self, envelope: Envelope) -> str:
        content = envelope.original_content or b""
        own_id = str(BytesHeaderParser().parsebytes(content)["Message-ID"] or "")
        message_id = own_id
        if self.replaces_message_ids:
            message_id = f"<LO2P{len(self.taken):08d}@{HOST}>"
            named = f"Message-ID: {message_id}\r\nX-Microsoft-Original-Message-ID: {own_id}"
            content = MESSAGE_ID.sub(named.encode(), content, count=1)
        mail_from = envelope.mail_from or ""
        self.taken.append(Taken(mail_from, envelope.rcpt_tos[0], content, message_id))
        return f"250 2.0.0 OK {message_id} [Hostname={HOST}]"


class _Session(SmtpSession):
    """One session, with a number that grows from each to the next."""

    count = 0

    def __init__(self, server: ExchangeOnline, context: ssl.SSLContext) -> None:
        super().__init__(_Handler(server), largest=LARGEST, hostname=HOST, ident="Microsoft ESMTP")
        self.tls_context = context
        self._auth_require_tls = server.needs_tls
        self.mailbox = ""
        self.is_open = True
        _Session.count += 1
        self.number = _Session.count

    def connection_lost(self, error: Exception | None) -> None:
        self.is_open = False
        super().connection_lost(error)

    def _getparams(self, params: Sequence[str]) -> dict[str, str | bool] | None:
        """Read parameters of MAIL and RCPT; those of RFC 3461 are taken, and mean nothing here."""
        known = [each for each in params if not each.upper().startswith(DSN)]
        found: dict[str, str | bool] | None = super()._getparams(known)
        return found


class _Handler:
    """Answers the commands."""

    def __init__(self, server: ExchangeOnline) -> None:
        self._server = server

    async def handle_EHLO(  # noqa: N802 - the names are aiosmtpd's
        self, _smtp: SMTP, session: Session, _: Envelope, hostname: str, said: list[str]
    ) -> list[str]:
        session.host_name = hostname
        kept = [each for each in said if not each.startswith("250-AUTH ")]
        if session.ssl or not self._server.needs_tls:
            kept.insert(1, "250-AUTH LOGIN XOAUTH2")
        return [*kept[:1], "250-PIPELINING", "250-DSN", *kept[1:]]

    async def auth_XOAUTH2(self, smtp: _Session, args: list[str]) -> AuthResult:  # noqa: N802
        """Take a token, or refuse it: Google says why first, and wants an empty line."""
        said = b64decode(args[1]).decode() if len(args) > 1 else ""
        if self._server.logged_in(smtp, said):
            return AuthResult(success=True)
        if not self._server.is_google:
            return AuthResult(success=False, handled=False, message=self._server.counted(NOT_TAKEN))
        answer = await smtp.challenge_auth(GOOGLES_REASON)
        words = NOT_TAKEN_BY_GOOGLE if answer == b"" else "501 5.5.2 Cannot Decode response"
        return AuthResult(success=False, handled=False, message=self._server.counted(words))

    async def handle_MAIL(  # noqa: N802
        self, smtp: _Session, _: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if not smtp.mailbox:
            return self._server.counted(NOT_LOGGED_IN)
        if address != smtp.mailbox and not self._server.takes_any_return_path:
            return self._server.counted(NOT_THE_SENDER)
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 Sender OK"

    async def handle_DATA(self, smtp: _Session, _: Session, envelope: Envelope) -> str:  # noqa: N802
        return self._server.counted(await self._server.take(smtp, envelope))
