"""Messages to our own people: reminders to staff, checkpoints to witnesses.

They leave under the plain return path, so that no bounce of theirs is taken for a letter's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from dispatch.domain.letter import Recipient, RecipientKind
from dispatch.domain.reply import Outcome
from dispatch.domain.sending.envelope import Envelope, Sender
from dispatch.mail.outgoing.body import File, body
from dispatch.mail.outgoing.headers import message
from dispatch.mail.outgoing.letter import letter_headers
from dispatch.mail.outgoing.transport import Transport


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


def offer(transport: Transport, mail: StaffMessage) -> Outcome:
    """Offer a message to the server on a connection of its own, and return the outcome."""
    connection = transport.connect()
    if isinstance(connection, Outcome):
        return connection
    try:
        return connection.offer(
            mail.envelope,
            mail.content,
            before_dot=lambda: True,
            needs_smtputf8=mail.needs_smtputf8,
        )
    finally:
        connection.close()
