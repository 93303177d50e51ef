"""An LMTP server (RFC 2033), to which this machine's mail server delivers incoming messages.

LMTP gives the envelope recipient, which no header can be trusted for, and is answered for each
recipient: 2yz only once the message is stored, and 4yz to have it delivered again.
"""

from __future__ import annotations

import asyncio
import stat
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session
from structlog.stdlib import get_logger

from dispatch.domain.errors import BadInput
from dispatch.domain.incoming.message import LMTP as LMTP_SOURCE
from dispatch.domain.incoming.message import Arrival
from dispatch.mail.incoming.reader import LARGEST
from dispatch.mail.server_thread import ServerThread, SmtpSession
from dispatch.mail.server_url import is_loopback

MAX_LINE: Final = 1024 * 1024
STORED: Final = "250 2.0.0 Stored"
TOO_MANY: Final = "452 4.5.3 Too many recipients"

MOST_RECIPIENTS: Final = 100
"""Recipients of one message, each of whom a copy is stored for: no server may be refused fewer
(RFC 5321 4.5.3.1.8), and a server that has more sends the rest next."""

MOST_SESSIONS: Final = 20
"""Clients at once: each may have a message in memory. It is as many as Postfix begins by itself."""

BUSY: Final = "421 4.3.2 Too many connections, please try again later"

NOT_STORED: Final = "451 4.3.0 It could not be stored, please try again later"

logger = get_logger("dispatch.mail")


class Listener(ServerThread):
    """An LMTP server that hands each message to `store`, once for each of its recipients.

    It listens on a port of this machine (`HOST:PORT`; port 0 lets the system choose one) or on a
    socket in the file system (a path). Messages unanswered when it stops are delivered again. Any
    other host is refused with `BadInput`, since messages would cross a network unencrypted.
    """

    def __init__(self, where: str, store: Callable[[bytes, Arrival], object]) -> None:
        super().__init__("lmtp")
        self._where = address_of(where)
        self._handler = _Handler(store)

    async def _opened(self) -> asyncio.Server:
        loop, session = asyncio.get_running_loop(), partial(_Session, self._handler)
        if isinstance(self._where, Path):
            _clear(self._where)
            server = await loop.create_unix_server(session, str(self._where))
            # The mail server runs as another user: the folder decides who may connect.
            self._where.chmod(0o666)
            return server
        return await loop.create_server(session, *self._where)


def _clear(path: Path) -> None:
    """Delete the socket that an earlier listener left. Raises `BadInput` for anything else."""
    try:
        if not stat.S_ISSOCK(path.lstat().st_mode):
            raise BadInput(f"{path} is there already, and is not a socket: name another path")
    except FileNotFoundError:
        return
    path.unlink(missing_ok=True)


def address_of(where: str) -> Path | tuple[str, int]:
    """Return what `HOST:PORT` or a path stands for. Raises `BadInput`."""
    if "/" in where:
        return Path(where)
    host, _, port = where.rpartition(":")
    host = host.strip("[]")
    if not host or not port.isdecimal() or int(port) > 65535:  # noqa: PLR2004 - of 16 bits
        raise BadInput(f"{where!r} is not an address to listen on: write 127.0.0.1:PORT or /PATH")
    if not is_loopback(host):
        raise BadInput(
            f"{host} is not this machine, and LMTP has no TLS here: listen on 127.0.0.1 or on "
            f"a socket, and have this machine's mail server relay"
        )
    return host, int(port)


class _Session(SmtpSession, LMTP):
    """One client's session."""

    line_length_limit = MAX_LINE

    def __init__(self, handler: _Handler) -> None:
        super().__init__(handler, largest=LARGEST, hostname="dispatch.localhost", ident="dispatch")
        self._awaits_dot = False
        self._others = handler.sessions

    async def _handle_client(self) -> None:
        """Talk to the client, unless there are too many."""
        if len(self._others) >= MOST_SESSIONS:
            await self.push(BUSY)
            if self.transport:
                self.transport.close()
            return
        self._others.add(self)
        try:
            await super()._handle_client()
        finally:
            self._others.discard(self)

    async def push(self, status: str | bytes) -> None:
        """Answer the client; after the dot, once for each recipient (RFC 2033 4.2).

        aiosmtpd rejects a message as a whole, too large for example, in one line.
        """
        said = status.decode() if isinstance(status, bytes) else status
        is_for_all = self._awaits_dot and "\r\n" not in said
        self._awaits_dot = said.startswith("354")
        times = len(self.envelope.rcpt_tos) if is_for_all and self.envelope else 1
        await super().push("\r\n".join([said] * max(1, times)))


class _Handler:
    """Stores each message, and answers whether it is stored."""

    def __init__(self, store: Callable[[bytes, Arrival], object]) -> None:
        self._store = store
        self.sessions: set[_Session] = set()
        """Those that are open."""

    async def handle_RCPT(  # noqa: N802 - the name is aiosmtpd's
        self, _smtp: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Take a recipient, unless the message has as many as it may have."""
        if len(envelope.rcpt_tos) >= MOST_RECIPIENTS:
            return TOO_MANY
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, _smtp: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - the name is aiosmtpd's
        """Answer the final dot, for each recipient."""
        message = bytes(envelope.original_content or b"")
        replies = [
            await asyncio.to_thread(self._answer, message, recipient)
            for recipient in envelope.rcpt_tos
        ]
        return "\r\n".join(replies)

    def _answer(self, message: bytes, recipient: str) -> str:
        try:
            self._store(message, Arrival(source=LMTP_SOURCE, recipient=recipient))
        except Exception as error:  # noqa: BLE001 - any failure must have it delivered again
            logger.warning("a message could not be stored", trouble=type(error).__name__)
            return NOT_STORED
        return STORED
