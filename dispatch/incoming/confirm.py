"""Confirm an unverified notice: a person treats it as genuine, so that it may act."""

from __future__ import annotations

from uuid import UUID

from dispatch.database import Session
from dispatch.database.tables import IncomingMail
from dispatch.domain.errors import RuleBroken
from dispatch.domain.word import Word
from dispatch.incoming.process import Processor
from dispatch.incoming.store import messages, notices
from dispatch.ledger import events, journal


def confirm(session: Session, mail_id: UUID, word: Word) -> None:
    """Confirm the notice that was read in a message; it then waits for conclusions.

    Raises `NotFound` if the message has not been read, and `RuleBroken` if the notice is believed
    already, is not about a known delivery, was purged, or if no reason is given.
    """
    because = word.needed_reason()
    row = notices.notice_of(session, mail_id)
    if row.is_believed:
        raise RuleBroken("this notice is believed already: there is nothing to confirm")
    if row.delivery_id is None:
        raise RuleBroken("this notice is not about a delivery that is known here")
    if not messages.content_of(session, mail_id):
        raise RuleBroken("this message was purged: there is nothing left to confirm")
    row.confirmed_by, row.confirmed_at, row.confirmed_because = word.person, word.at, because
    row.due_at = word.at
    sha256 = session.get_one(IncomingMail, mail_id).sha256
    event = events.NOTICE_CONFIRMED.by(word, row.delivery_id, because=because, mail=sha256)
    journal.append(session, event)


def confirm_and_conclude(processor: Processor, mail_id: UUID, word: Word) -> tuple[str, ...]:
    """Confirm a notice, draw the conclusions at once, and return what it changed, in words."""
    with processor.sessions.begin() as session:
        confirm(session, mail_id, word)
    changes = [each.changes for each in processor.conclude() if each.mail_id == mail_id]
    return changes[0] if changes else ()
