"""The ways out: the mail server of the settings, or the mail catcher in the home."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dispatch.domain.reply import Outcome, Verdict
from dispatch.domain.sending.envelope import Envelope
from dispatch.mail.outgoing.relay import SmtpServer

# SMTP is imported when a message leaves: most commands send none.
if TYPE_CHECKING:
    from dispatch.mail.outgoing.transport import Connection


@dataclass(frozen=True, slots=True)
class RelayTransport:
    """Connects to the mail server of the settings."""

    server: SmtpServer

    @property
    def address(self) -> str:
        """Host and port."""
        return str(self.server)

    def connect(self) -> Connection | Outcome:
        """Open a connection, or return the deferred outcome that says why there is none."""
        from dispatch.mail.outgoing.transport import SmtpTransport

        return SmtpTransport(self.server).connect()


@dataclass(frozen=True, slots=True)
class CatcherTransport:
    """Connects to the mail catcher that runs in this home at the moment."""

    port_file: Path

    @property
    def address(self) -> str:
        """What the catcher is called; its port is another at each start."""
        return "the mail catcher"

    def connect(self) -> Connection | Outcome:
        """Open a connection to the catcher; without one the letter is deferred."""
        try:
            port = self.port_file.read_text()
        except FileNotFoundError:
            trouble = "no mail catcher is running here: start one with `dispatch run`"
            return Outcome(Verdict.DEFERRED, trouble=trouble)
        server = SmtpServer.from_url(f"smtp://127.0.0.1:{port.strip()}", plaintext_host=None)
        return RelayTransport(server).connect()


@dataclass(frozen=True, slots=True)
class WrappedConnection:
    """A connection that does what the one inside it does; a subclass changes what it must."""

    inner: Connection

    @property
    def server(self) -> str:
        """Host and port, and the name that the server gives itself."""
        return self.inner.server

    @property
    def tls(self) -> str | None:
        """The TLS version and cipher, or None without TLS."""
        return self.inner.tls

    @property
    def is_usable(self) -> bool:
        """Whether it can take another message."""
        return self.inner.is_usable

    def offer(
        self,
        envelope: Envelope,
        message: bytes,
        *,
        before_dot: Callable[[], bool],
        needs_smtputf8: bool = False,
    ) -> Outcome:
        """Offer a message to one recipient and return the outcome."""
        return self.inner.offer(
            envelope, message, before_dot=before_dot, needs_smtputf8=needs_smtputf8
        )

    def close(self) -> None:
        """End the session."""
        self.inner.close()
