"""The message of a letter: covering note, PDF and attachments as its body, and the headers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID

from dispatch.domain.errors import NotApproved
from dispatch.domain.letter import Draft, Recipient, RecipientKind
from dispatch.domain.letters.file_names import pdf_names
from dispatch.domain.sending.attempt import Claim
from dispatch.domain.sending.envelope import Sender, signed
from dispatch.mail.outgoing.address import Mailbox
from dispatch.mail.outgoing.body import PDF, File, body
from dispatch.mail.outgoing.headers import Headers, message, message_id


def letter_body(draft: Draft, parts: Mapping[str, bytes], attached: Mapping[str, bytes]) -> bytes:
    """Return the MIME entity that every recipient of a letter gets.

    `parts` holds the letter's forms by name, `attached` the spreadsheets' bytes by SHA-256.
    """
    content = draft.content
    files = [
        *(File(name, PDF, parts[form]) for form, name in pdf_names(content, parts).items()),
        *(File(each.name, each.media_type, attached[each.sha256]) for each in draft.attachments),
    ]
    return body(parts["note_text"].decode(), parts["note_html"].decode(), files)


REHEARSAL: Final = "[Rehearsal]"
"""Stands before the subject of a letter that goes to nobody it names."""


def letter_headers(
    sender: Sender, recipients: Iterable[Recipient], subject: str, *, at: datetime, id_: UUID
) -> Headers:
    """Return the headers of one delivery; all recipients of the letter see each other.

    In a rehearsal it is to the address that gets all letters, its subject says so, and a header of
    its own says who the recipients would be.
    """
    everyone = tuple(recipients)
    to, cc = _mailboxes(everyone, RecipientKind.TO), _mailboxes(everyone, RecipientKind.CC)
    stands_for: tuple[Mailbox, ...] = ()
    if sender.rehearses is not None:
        subject, stands_for = f"{REHEARSAL} {subject}", (*to, *cc)
        to, cc = (Mailbox("", sender.rehearses),), ()
    return Headers(
        sender=Mailbox(sender.name, sender.address),
        to=to,
        cc=cc,
        stands_for=stands_for,
        reply_to=Mailbox("", sender.reply_to) if sender.reply_to else None,
        subject=subject,
        at=at,
        message_id=message_id(id_, sender),
        delivery_id=id_,
        signed=signed(id_, sender.key),
        is_auto_submitted=sender.is_auto_submitted,
        sign=sender.sign,
    )


def delivery_headers(
    sender: Sender, claim: Claim, recipients: tuple[Recipient, ...], subject: str
) -> Headers:
    """Return the headers of a delivery, from whom it was queued; `recipients` are its letter's."""
    return letter_headers(
        sender.as_sent(claim.sent_as),
        claim.named_in(recipients),
        subject,
        at=claim.created_at,
        id_=claim.delivery_id,
    )


FOLDED: Final = re.compile(r"(?:[^\r\n]|\r\n[ \t])*")
"""The value of one header, on several lines."""


def as_offered(headers: Headers, body: bytes, signature: str | None) -> bytes:
    """Return the message of a delivery, byte for byte as it was offered to a server.

    Nothing in a message is random: it is put together again from what is stored, as it was for
    every attempt, with the signature that it had; None if it was not signed. Raises `NotApproved`
    for a signature that would bring headers of its own.
    """
    if signature is not None and not FOLDED.fullmatch(signature):
        raise NotApproved(f"the signature of delivery {headers.delivery_id} was changed")
    return message(replace(headers, signature=signature, sign=None), body)


def _mailboxes(recipients: Iterable[Recipient], kind: RecipientKind) -> tuple[Mailbox, ...]:
    return tuple(Mailbox(each.name, each.address) for each in recipients if each.kind is kind)
