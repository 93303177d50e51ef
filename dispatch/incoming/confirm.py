"""Decide about a notice that nothing proves: a person confirms or dismisses it."""

from __future__ import annotations

from uuid import UUID

from dispatch.database import Session
from dispatch.database.tables import IncomingMail, NoticeRow
from dispatch.domain.errors import RuleBroken
from dispatch.domain.word import Word
from dispatch.incoming.process import Processor
from dispatch.incoming.store import messages, notices
from dispatch.ledger import events, journal
from dispatch.ledger.kinds import Kind


def confirm(session: Session, mail_id: UUID, word: Word) -> None:
    """Treat the notice that was read in a message as genuine; it then waits for conclusions.

    So may one that was dismissed. Raises `NotFound` if the message has not been read, and
    `RuleBroken` if the notice is believed already, is not about a known delivery, was purged, or if
    no reason is given.
    """
    because = word.needed_reason()
    row = _undecided(session, mail_id)
    if not messages.content_of(session, mail_id):
        raise RuleBroken("this message was purged: there is nothing left to confirm")
    row.forget_decision()
    row.confirmed_by, row.confirmed_at, row.confirmed_because = word.person, word.at, because
    row.due_at = word.at
    _tell(session, events.NOTICE_CONFIRMED, row, word)


def confirm_and_conclude(processor: Processor, mail_id: UUID, word: Word) -> tuple[str, ...]:
    """Confirm a notice, draw the conclusions at once, and return what it changed, in words."""
    with processor.sessions.begin() as session:
        confirm(session, mail_id, word)
    changes = [each.changes for each in processor.conclude() if each.mail_id == mail_id]
    return changes[0] if changes else ()


def dismiss(session: Session, mail_id: UUID, word: Word) -> None:
    """Say that the notice in a message is not genuine or does not matter: it no longer waits.

    Raises as `confirm`, but for a purged message; and `RuleBroken` if it is dismissed already.
    """
    because = word.needed_reason()
    row = _undecided(session, mail_id)
    if row.dismissed_by is not None:
        raise RuleBroken(f"this notice was dismissed already, by {row.dismissed_by}")
    row.dismissed_by, row.dismissed_at, row.dismissed_because = word.person, word.at, because
    _tell(session, events.NOTICE_DISMISSED, row, word)


def _undecided(session: Session, mail_id: UUID) -> NoticeRow:
    row = notices.notice_of(session, mail_id)
    if row.is_believed:
        raise RuleBroken("this notice is believed already: there is nothing to decide")
    if row.delivery_id is None:
        raise RuleBroken("this notice is not about a delivery that is known here")
    return row


def _tell(session: Session, kind: Kind, row: NoticeRow, word: Word) -> None:
    sha256 = session.get_one(IncomingMail, row.mail_id).sha256
    event = kind.by(word, row.delivery_id, because=word.because, mail=sha256)
    journal.append(session, event)
