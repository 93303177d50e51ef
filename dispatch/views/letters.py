"""One authority's letter: what is known about it, and its bytes in each form."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from typing import Final
from uuid import UUID

from dispatch.database import Session
from dispatch.database.tables import Letter, Mailout
from dispatch.domain.delivery import MAYBE_ACCEPTED
from dispatch.domain.errors import RuleBroken
from dispatch.domain.letter import STORED, LetterState, Recipient
from dispatch.domain.mailout import Attachment
from dispatch.domain.remedy import Remedy, RemedyKind
from dispatch.domain.sending.envelope import Sender
from dispatch.letters.pairs import Pair, Shown, shown
from dispatch.letters.store import documents
from dispatch.mail.outgoing.headers import message
from dispatch.mail.outgoing.letter import as_offered, delivery_headers, letter_headers
from dispatch.sending.store import deliveries, sent_copies
from dispatch.sending.store.claims import claim_of
from dispatch.views.names import address_shown


@dataclass(frozen=True, slots=True)
class LetterView:
    """What is known about a letter."""

    id: UUID
    authority: str
    version: int
    state: LetterState
    subject: str | None
    digest: str | None
    parts: dict[str, str]
    """The SHA-256 of each form, by name."""
    recipients: tuple[Recipient, ...]
    attachments: tuple[Attachment, ...]
    error: str | None
    """Why it could not be rendered."""


def letter_view(letter: Letter) -> LetterView:
    """Return the view of a letter."""
    return LetterView(
        id=letter.id,
        authority=letter.authority_code,
        version=letter.version,
        state=letter.state,
        subject=letter.subject,
        digest=letter.digest,
        parts=letter.parts,
        recipients=letter.draft.recipients,
        attachments=letter.draft.attachments,
        error=letter.error,
    )


class Form(Enum):
    """A form in which a letter can be shown."""

    TEXT = "text"
    HTML = "html"
    PDF = "pdf"
    EML = "eml"
    """The whole message to its first recipient."""


BODY: Final = "mail"
"""The part of a letter that is the body of its message."""


def content(
    session: Session, letter: Letter, form: Form, *, sender: Sender, now: datetime
) -> bytes:
    """Return one form of a letter, byte for byte as it is stored.

    A message is as its first recipient got it or, before that, as it would leave now. Raises
    `RuleBroken` if the letter is not rendered.
    """
    if letter.state not in STORED:
        why = letter.error or "it still waits for a worker"
        remedy = None if letter.error else Remedy(kind=RemedyKind.RUN)
        raise RuleBroken(
            f"the letter of {letter.authority_code} is not rendered: {why}", remedy=remedy
        )
    part = BODY if form is Form.EML else form.value
    [stored] = documents.load(session, [letter.parts[part]]).values()
    return _message(session, letter, stored, sender, now) if form is Form.EML else stored


def _message(session: Session, letter: Letter, body: bytes, sender: Sender, now: datetime) -> bytes:
    if not all(each.address for each in letter.draft.recipients):
        raise RuleBroken(
            f"the recipients of the letter of {letter.authority_code} have been purged, and there "
            f"is no message without them; its text, HTML and PDF can still be shown"
        )
    recipients, subject = letter.draft.recipients, letter.subject or ""
    first = deliveries.first_delivery(session, letter)
    if first is None:
        plan = session.get_one(Mailout, letter.mailout_id).plan
        will_be = replace(sender, is_auto_submitted=plan.is_auto_submitted)
        headers = letter_headers(will_be, recipients, subject, at=now, id_=letter.id)
        return message(headers, body)
    headers = delivery_headers(sender, claim_of(first), recipients, subject)
    if first.state not in MAYBE_ACCEPTED:
        return message(headers, body)
    return as_offered(headers, body, sent_copies.sent(session, first.id).signature)


def lines_of_pairs(session: Session, mailout: Mailout) -> list[str]:
    """Return who gets whose letter of a mailout, as a person who approves it is shown it."""
    return list(pair_lines(shown(session, mailout)))


MOST_ODD: Final = 40
"""How many odd addresses are shown before the rest are only counted."""


def pair_lines(found: Shown) -> Iterator[str]:
    """Say who gets whose letter: all that is odd, and some others to compare with one's own list.

    Each is a line, so that nothing is cut.
    """
    if found.odd:
        yield "Look: these addresses have the domain of another authority:"
        yield from map(_pair, found.odd[:MOST_ODD])
        if len(found.odd) > MOST_ODD:
            yield f"  ... and {len(found.odd) - MOST_ODD} more"
    if found.sample:
        some = "Some of the others" if found.odd else "Some of those who get a letter"
        yield f"{some}, to compare with what you know:"
        yield from map(_pair, found.sample)


def _pair(pair: Pair) -> str:
    odd = f", which is the domain of {pair.odd}" if pair.odd else ""
    to = f"{pair.name} <{address_shown(pair.address)}>"
    return f"  {pair.code} ({pair.authority}): {pair.role}, {to}{odd}"
