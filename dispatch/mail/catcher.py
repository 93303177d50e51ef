"""A mail server that catches every message instead of passing it on: for trials and tests.

What it accepts goes into a Maildir, one file a message. How a recipient's address begins decides
what happens to a message for it, so that every outcome can be seen without a real server:

    refuse...  550 at RCPT
    defer...   451 at RCPT the first time, then accepted
    slow...    accepted after a pause
    drop...    taken, but the connection drops before the reply: the sender is left in doubt
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final, cast
from uuid import uuid4

from aiosmtpd.smtp import SMTP, Envelope, Session

from dispatch.mail.server_thread import ServerThread, SmtpSession

MAX_MESSAGE: Final = 50 * 1024 * 1024
REFUSED: Final = "550 5.1.1 No such mailbox here"
DEFERRED: Final = "451 4.7.1 Greylisted, please try again later"
ACCEPTED: Final = "250 2.0.0 Caught"
NOT_STORED: Final = "451 4.3.0 The message could not be stored"


class Catcher(ServerThread):
    """A mail catcher that listens on one port, in a thread of its own.

    `slow_by` is the pause in seconds for `slow...`. Port 0 lets the system choose one.
    """

    def __init__(
        self, maildir: Path, *, host: str = "127.0.0.1", port: int = 0, slow_by: float = 2.0
    ) -> None:
        super().__init__("catcher")
        self._handler = _Handler(maildir, slow_by)
        self._address = (host, port)

    async def _opened(self) -> asyncio.Server:
        self._handler.open()
        return await asyncio.get_running_loop().create_server(self._session, *self._address)

    def _session(self) -> SmtpSession:
        return SmtpSession(
            self._handler,
            largest=MAX_MESSAGE,
            hostname="catcher.localhost",
            ident="dispatch mail catcher",
        )


class _Handler:
    """Decides about each recipient, and stores accepted messages."""

    def __init__(self, maildir: Path, slow_by: float) -> None:
        self._maildir = maildir
        self._slow_by = slow_by
        self._greylisted: set[str] = set()

    def open(self) -> None:
        """Make the Maildir's folders if they do not exist."""
        for folder in ("tmp", "new", "cur"):
            (self._maildir / folder).mkdir(parents=True, exist_ok=True, mode=0o700)

    async def handle_RCPT(  # noqa: N802 - the name is aiosmtpd's
        self, _smtp: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Answer RCPT."""
        if _begins(address, "refuse"):
            return REFUSED
        if _begins(address, "defer") and address not in self._greylisted:
            self._greylisted.add(address)
            return DEFERRED
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, smtp: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Answer the final dot, or drop the connection."""
        if any(_begins(address, "slow") for address in envelope.rcpt_tos):
            await asyncio.sleep(self._slow_by)
        try:
            self._write(envelope)
        except OSError:
            return NOT_STORED
        if any(_begins(address, "drop") for address in envelope.rcpt_tos):
            await _drop(smtp)
        return ACCEPTED

    def _write(self, envelope: Envelope) -> None:
        """Write the message as it came, below its envelope as headers, then move it into `new/`."""
        mail_from = (envelope.mail_from or "").strip("<>")  # which aiosmtpd leaves on "<>"
        seen = [f"Return-Path: <{mail_from}>"]
        for address in envelope.rcpt_tos:
            seen += [f"Delivered-To: {address}", f"X-Original-To: {address}"]
        shown = ("".join(filter(str.isprintable, line)) for line in seen)
        head = "".join(f"{line}\r\n" for line in shown).encode(errors="replace")
        name = f"{uuid4().hex}.dispatch"
        written = self._maildir / "tmp" / name
        written.touch(mode=0o600)
        written.write_bytes(head + (envelope.original_content or b""))
        written.rename(self._maildir / "new" / name)


async def _drop(smtp: SMTP) -> None:
    """Drop the connection and wait: aiosmtpd then cancels this task."""
    cast("asyncio.WriteTransport", smtp.transport).abort()
    await asyncio.Future()


def _begins(address: str, word: str) -> bool:
    return address.casefold().startswith(word)
