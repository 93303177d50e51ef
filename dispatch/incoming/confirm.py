"""Decide about a notice that nothing proves: a person confirms or dismisses it."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from dispatch.database import Session
from dispatch.database.tables import Delivery, IncomingMail, NoticeRow
from dispatch.domain.delivery import DeliveryState
from dispatch.domain.errors import NotFound, RuleBroken
from dispatch.domain.incoming.undecided import Prospect, prospect
from dispatch.domain.notice import Action, Category, Reason
from dispatch.domain.proposal import Proposal
from dispatch.domain.remedy import Remedy, RemedyKind
from dispatch.domain.word import Word
from dispatch.incoming.process import Processor
from dispatch.incoming.store import messages, notices
from dispatch.ledger import events, journal
from dispatch.ledger.kinds import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision(Proposal):
    """What a person decides about: a notice, and what it would show if it were genuine."""

    mail_id: UUID
    delivery_id: UUID
    state: DeliveryState
    """Of the delivery, now."""
    category: Category
    action: Action | None
    reason: Reason | None
    status: str | None
    prospect: Prospect | None
    """What it would show of the delivery; None if nothing new."""
    dismissed_by: str | None

    @property
    def effect(self) -> object:
        """All of it."""
        return [
            *(str(self.mail_id), str(self.delivery_id), self.state, self.category, self.action),
            *(self.reason, self.status, self.prospect, self.dismissed_by),
        ]


def propose(session: Session, mail_id: UUID) -> Decision:
    """Return what a person decides about a notice. Locks nothing. Raises as `confirm`."""
    row = session.get(NoticeRow, mail_id)
    if row is None:
        raise NotFound("that message has not been read", remedy=Remedy(kind=RemedyKind.QUARANTINE))
    delivery = session.get_one(Delivery, _refuse_decided(row))
    return Decision(
        mail_id=mail_id,
        delivery_id=delivery.id,
        state=delivery.state,
        category=row.category,
        action=row.action,
        reason=row.reason,
        status=row.status,
        prospect=prospect(row.notice, delivery.address, delivery.state),
        dismissed_by=row.dismissed_by,
    )


def confirm(session: Session, mail_id: UUID, word: Word, *, agreed: str | None = None) -> None:
    """Treat the notice that was read in a message as genuine; it then waits for conclusions.

    `agreed` is the digest of what the person saw, if they were shown it. One that was dismissed may
    be confirmed, too. Raises `NotFound` if the message has not been read; `RuleBroken` if the
    notice is believed already, is not about a known delivery, was purged, or if no reason is given;
    `ChangedMeanwhile` if it is not as the person saw it.
    """
    because = word.needed_reason()
    row = _undecided(session, mail_id, agreed)
    if not messages.content_of(session, mail_id):
        raise RuleBroken("this message was purged: there is nothing left to confirm")
    row.forget_decision()
    row.confirmed_by, row.confirmed_at, row.confirmed_because = word.person, word.at, because
    row.due_at = word.at
    _tell(session, events.NOTICE_CONFIRMED, row, word)


def confirm_and_conclude(
    processor: Processor, mail_id: UUID, word: Word, *, agreed: str | None = None
) -> tuple[str, ...]:
    """Confirm a notice, draw the conclusions at once, and return what it changed, in words."""
    with processor.sessions.begin() as session:
        confirm(session, mail_id, word, agreed=agreed)
    changes = [each.changes for each in processor.conclude() if each.mail_id == mail_id]
    return changes[0] if changes else ()


def dismiss(session: Session, mail_id: UUID, word: Word, *, agreed: str | None = None) -> None:
    """Say that the notice in a message is not genuine or does not matter: it no longer waits.

    Raises as `confirm`, but for a purged message; and `RuleBroken` if it is dismissed already.
    """
    because = word.needed_reason()
    row = _undecided(session, mail_id, agreed)
    if row.dismissed_by is not None:
        raise RuleBroken(f"this notice was dismissed already, by {row.dismissed_by}")
    row.dismissed_by, row.dismissed_at, row.dismissed_because = word.person, word.at, because
    _tell(session, events.NOTICE_DISMISSED, row, word)


def _undecided(session: Session, mail_id: UUID, agreed: str | None) -> NoticeRow:
    row = notices.notice_of(session, mail_id)
    _refuse_decided(row)
    if agreed is not None:
        propose(session, mail_id).check(agreed)
    return row


def _refuse_decided(row: NoticeRow) -> UUID:
    """Return which delivery a notice is about, if there is something to decide."""
    if row.is_believed:
        raise RuleBroken("this notice is believed already: there is nothing to decide")
    if row.delivery_id is None:
        raise RuleBroken("this notice is not about a delivery that is known here")
    return row.delivery_id


def _tell(session: Session, kind: Kind, row: NoticeRow, word: Word) -> None:
    sha256 = session.get_one(IncomingMail, row.mail_id).sha256
    event = kind.by(word, row.delivery_id, because=word.because, mail=sha256)
    journal.append(session, event)
