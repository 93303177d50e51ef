"""Messages to our own people: reminders to staff, checkpoints to witnesses.

They leave under the plain return path, so that no bounce of theirs is taken for a letter's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from dispatch.domain.letter import Recipient, RecipientKind
from dispatch.domain.reply import Outcome
from dispatch.domain.sending.envelope import Envelope, Sender
from dispatch.mail.outgoing.body import File, body
from dispatch.mail.outgoing.headers import message
from dispatch.mail.outgoing.letter import letter_headers
from dispatch.mail.outgoing.transport import Connection, Transport


@dataclass(frozen=True, slots=True)
class StaffMessage:
    """A message that is ready to leave."""

    envelope: Envelope
    content: bytes
    needs_smtputf8: bool

    @property
    def address(self) -> str:
        """The recipient."""
        return self.envelope.rcpt_to


def staff_message(
    sender: Sender,
    address: str,
    written: tuple[str, str, str],
    files: Sequence[File] = (),
    *,
    at: datetime,
    id_: UUID,
) -> StaffMessage:
    """Return a message of subject, text, HTML and files to one address.

    Raises `BadInput` for a wrong address.
    """
    subject, text, html = written
    reader = Recipient(kind=RecipientKind.TO, role="staff", address=address, name="")
    headers = letter_headers(sender, [reader], subject, at=at, id_=id_)
    envelope = Envelope(sender.return_path, address, id_.hex)
    content = message(headers, body(text, html, files))
    return StaffMessage(envelope, content, headers.needs_smtputf8)


@dataclass(slots=True)
class Line:
    """One connection for several messages, opened anew where it is used up."""

    transport: Transport
    connection: Connection | None = None
    """None before the first message, or if there is no connection to be had."""

    def wait(self, seconds: float, sleep: Callable[[float], object]) -> None:
        """Wait, and keep no connection from others for a long time."""
        if seconds > KEPT_SECONDS:
            self.close()
        sleep(max(seconds, 0.0))

    def offer(self, mail: StaffMessage) -> Outcome:
        """Offer a message to the server, and return the outcome."""
        if self.connection is None or not self.connection.is_usable:
            self.close()
            connected = self.transport.connect()
            if isinstance(connected, Outcome):
                return connected
            self.connection = connected
        return self.connection.offer(
            mail.envelope,
            mail.content,
            before_dot=lambda: True,
            needs_smtputf8=mail.needs_smtputf8,
        )

    def close(self) -> None:
        """Close the connection, if there is one."""
        if self.connection is not None:
            self.connection.close()
            self.connection = None


KEPT_SECONDS: Final = 10.0


def offer(transport: Transport, mail: StaffMessage) -> Outcome:
    """Offer a message to the server on a connection of its own, and return the outcome."""
    with closing(Line(transport)) as line:
        return line.offer(mail)
