"""The one place that every message passes just before it is offered: who may be written to at all.

It goes by the settings alone, whatever the database says: outside production nobody is written to
who is not on the allow-list.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dispatch.domain.reply import Outcome, Verdict
from dispatch.domain.sending.envelope import Envelope
from dispatch.domain.sending.modes import AllowList, Mode, refusal
from dispatch.mail.outgoing.relay import SmtpServer
from dispatch.mail.outgoing.ways import RelayTransport, WrappedConnection

if TYPE_CHECKING:  # which speaks SMTP: most commands send nothing
    from dispatch.mail.outgoing.transport import Connection, Transport


@dataclass(frozen=True, slots=True)
class GuardedTransport:
    """A way to the mail server by which only some are written to."""

    inner: Transport
    mode: Mode
    allowed: AllowList

    @property
    def address(self) -> str:
        """The mail server, as people are shown it."""
        return self.inner.address

    def connect(self) -> Connection | Outcome:
        """Return a connection that is guarded, or the outcome of the attempt to make one."""
        made = self.inner.connect()
        return made if isinstance(made, Outcome) else GuardedConnection(made, self)


def server_of(transport: Transport) -> SmtpServer | None:
    """Return the mail server that a transport leads to; None if that is the mail catcher."""
    relay = transport.inner if isinstance(transport, GuardedTransport) else transport
    return relay.server if isinstance(relay, RelayTransport) else None


@dataclass(frozen=True, slots=True)
class GuardedConnection(WrappedConnection):
    """A connection that offers no message to anybody who may not be written to."""

    guard: GuardedTransport

    def offer(
        self,
        envelope: Envelope,
        message: bytes,
        *,
        before_dot: Callable[[], bool],
        needs_smtputf8: bool = False,
    ) -> Outcome:
        """Offer a message, or return why nothing was said to the server."""
        if why := refusal(self.guard.mode, self.guard.allowed, envelope.rcpt_to):
            return Outcome(Verdict.DEFERRED, trouble=why)
        return self.inner.offer(
            envelope, message, before_dot=before_dot, needs_smtputf8=needs_smtputf8
        )
