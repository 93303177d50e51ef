"""Taking mail in by LMTP (RFC 2033): the mail server of this machine hands it over.

It gives the envelope's recipient, which no header can be trusted for, and it learns of each
recipient whether the mail is stored: a 2yz is said only once that is so, and what gets a 4yz it
brings again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session
from structlog.stdlib import get_logger

from dispatch.domain.errors import BadInput
from dispatch.domain.incoming import LMTP as LMTP_SOURCE
from dispatch.domain.incoming import Arrival
from dispatch.mail.incoming.sandbox.parent import LARGEST
from dispatch.mail.outgoing.relay import is_loopback
from dispatch.mail.server_thread import Roomy, Served

MAX_LINE: Final = 1024 * 1024
STORED: Final = "250 2.0.0 Stored"
NOT_STORED: Final = "451 4.3.0 It could not be stored, please try again later"

logger = get_logger("dispatch.mail")


class Listener(Served):
    """An LMTP server that hands each mail, and each of its recipients, to `keep`.

    It listens on a port of this machine (`HOST:PORT`; of port 0 the system chooses one) or on a
    socket in the file system (a path). What was not answered when it stops comes again. Mail would
    cross a network in the clear, so any other host is refused with `BadInput`.
    """

    def __init__(self, where: str, keep: Callable[[bytes, Arrival], object]) -> None:
        super().__init__("lmtp")
        self._where = address_of(where)
        self._clerk = _Clerk(keep)

    async def _opened(self) -> asyncio.Server:
        loop, conversation = asyncio.get_running_loop(), partial(_Conversation, self._clerk)
        if isinstance(self._where, Path):
            self._where.unlink(missing_ok=True)
            server = await loop.create_unix_server(conversation, str(self._where))
            # Who may write to it is a matter of its folder: the mail server is another user.
            self._where.chmod(0o666)
            return server
        return await loop.create_server(conversation, *self._where)


def address_of(where: str) -> Path | tuple[str, int]:
    """Return what `HOST:PORT` or a path stands for. Raises `BadInput`."""
    if "/" in where:
        return Path(where)
    host, _, port = where.rpartition(":")
    host = host.strip("[]")
    if not host or not port.isdecimal() or int(port) > 65535:  # noqa: PLR2004 - of 16 bits
        raise BadInput(f"{where!r} is no place to listen at: write 127.0.0.1:PORT or /PATH")
    if not is_loopback(host):
        raise BadInput(
            f"{host} is not this machine, and LMTP has no TLS here: "
            f"listen on 127.0.0.1 or on a socket, and let the mail server of this machine relay"
        )
    return host, int(port)


class _Conversation(Roomy, LMTP):
    """One client's session."""

    line_length_limit = MAX_LINE

    def __init__(self, clerk: _Clerk) -> None:
        super().__init__(clerk, largest=LARGEST, hostname="dispatch.localhost", ident="dispatch")
        self._awaits_dot = False

    async def push(self, status: str | bytes) -> None:
        """Answer; a mail that is turned away as a whole, once for each recipient (RFC 2033 4.2)."""
        said = status.decode() if isinstance(status, bytes) else status
        is_for_all = self._awaits_dot and "\r\n" not in said
        self._awaits_dot = said.startswith("354")
        times = len(self.envelope.rcpt_tos) if is_for_all and self.envelope else 1
        await super().push("\r\n".join([said] * max(1, times)))


class _Clerk:
    """Has each mail stored, and says whether it is."""

    def __init__(self, keep: Callable[[bytes, Arrival], object]) -> None:
        self._keep = keep

    async def handle_DATA(self, _smtp: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - the name is aiosmtpd's
        """Answer the final dot, for each recipient."""
        mail = bytes(envelope.original_content or b"")
        replies = [
            await asyncio.to_thread(self._stored, mail, recipient)
            for recipient in envelope.rcpt_tos
        ]
        return "\r\n".join(replies)

    def _stored(self, mail: bytes, recipient: str) -> str:
        try:
            self._keep(mail, Arrival(source=LMTP_SOURCE, recipient=recipient))
        except Exception as error:  # noqa: BLE001 - whatever it is, the mail must come again
            logger.warning("a mail could not be stored", trouble=type(error).__name__)
            return NOT_STORED
        return STORED
