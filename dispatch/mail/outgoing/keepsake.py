"""A checkpoint of the ledger as a mail to a witness: its text in the body, and as a file."""

from __future__ import annotations

from datetime import datetime
from html import escape
from typing import Final
from uuid import UUID

from dispatch.domain.calendar import day_in_words, local
from dispatch.domain.checkpoint import Checkpoint
from dispatch.domain.envelope import Envelope, Sender
from dispatch.domain.letter import Recipient, RecipientKind
from dispatch.mail.outgoing.body import File, body
from dispatch.mail.outgoing.headers import message
from dispatch.mail.outgoing.letter import letter_headers
from dispatch.mail.outgoing.memo import Memo

WORDS: Final = """\
This is how far a ledger went on {day}: up to seal {seal:,}
and entry {size:,}. It is the ledger of {origin}:
the record of which letters were sent, when, and what became of them.
This mail names nobody.

Please keep it, or the file attached to it, where the keeper of the
database has no say. If the ledger is ever changed, cut short or put
back to an older one, your copy shows it:

  dispatch audit verify --checkpoint {name}

You get this from the service itself, once a day at most and only if the
ledger has grown. The file attached says the same as these lines:
"""

PAGE: Final = """\
<!DOCTYPE html>
<html lang="en-GB">
<head><meta charset="utf-8"><title>{title}</title></head>
<body><pre style="white-space: pre-wrap">{text}</pre></body>
</html>
"""


def keepsake(
    sender: Sender, address: str, checkpoint: Checkpoint, signed: str, *, at: datetime, id_: UUID
) -> Memo:
    """Return the mail to one address. Raises `BadInput` for an address that is none."""
    name = f"checkpoint-{checkpoint.size:012}.txt"
    words = WORDS.format(
        origin=checkpoint.origin,
        day=day_in_words(local(checkpoint.at).date()),
        seal=checkpoint.seal,
        size=checkpoint.size,
        name=name,
    )
    subject = f"Checkpoint of {checkpoint.origin}: seal {checkpoint.seal:,}"
    text = f"{words}\n{signed}"
    html = PAGE.format(title=escape(subject), text=escape(text))
    file = File(name, "text/plain; charset=utf-8", signed.encode())
    reader = Recipient(kind=RecipientKind.TO, role="witness", address=address, name="")
    headers = letter_headers(sender, [reader], subject, at=at, id_=id_)
    content = message(headers, body(text, html, [file]))
    return Memo(Envelope(sender.return_path, address, id_.hex), content, headers.needs_smtputf8)
