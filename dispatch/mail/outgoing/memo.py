"""A mail to one of our own people: two forms of a text, no letter and no delivery.

It leaves under the plain return path, so that what comes back of it is not taken for a letter's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from dispatch.domain.envelope import Envelope, Sender
from dispatch.domain.letter import Recipient, RecipientKind
from dispatch.domain.reply import Outcome
from dispatch.mail.outgoing.body import body
from dispatch.mail.outgoing.headers import message
from dispatch.mail.outgoing.letter import letter_headers
from dispatch.mail.outgoing.transport import Transport


@dataclass(frozen=True, slots=True)
class Memo:
    """A message ready to leave."""

    envelope: Envelope
    content: bytes
    needs_smtputf8: bool

    @property
    def address(self) -> str:
        """Who gets it."""
        return self.envelope.rcpt_to


def memo(
    sender: Sender, address: str, told: tuple[str, str, str], *, at: datetime, id_: UUID
) -> Memo:
    """Return a message of subject, text and HTML to one address.

    Raises `BadInput` for an address that is none.
    """
    subject, text, html = told
    reader = Recipient(kind=RecipientKind.TO, role="office", address=address, name="")
    headers = letter_headers(sender, [reader], subject, at=at, id_=id_)
    envelope = Envelope(sender.return_path, address, id_.hex)
    return Memo(envelope, message(headers, body(text, html, ())), headers.needs_smtputf8)


def offer(transport: Transport, mail: Memo) -> Outcome:
    """Offer it to the server on a line of its own, and return what became of it."""
    line = transport.connect()
    if isinstance(line, Outcome):
        return line
    try:
        return line.offer(
            mail.envelope,
            mail.content,
            before_dot=lambda: True,
            needs_smtputf8=mail.needs_smtputf8,
        )
    finally:
        line.close()
