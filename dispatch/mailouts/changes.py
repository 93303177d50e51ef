"""Taking a mailout back to draft, or holding it, when something in it has changed."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from dispatch.database import Session
from dispatch.database.tables import Mailout
from dispatch.domain.errors import ImpossibleMove
from dispatch.domain.ledger import WORKER, Event
from dispatch.domain.mailout import MailoutState
from dispatch.ledger import journal
from dispatch.mailouts.store import mailout_of


def reopen(session: Session, mailout: Mailout, why: str, *, actor: str, now: datetime) -> None:
    """Take a mailout back to draft: its letters and its approval no longer hold.

    `why` is shown to people and kept in the ledger, so it names no person and no address. Raises
    `ImpossibleMove` if it is a draft already or its letters have begun to go.
    """
    if mailout.released_at:
        raise ImpossibleMove(f"{mailout.name} has been released: its letters are what was sent")
    came_from = mailout.state
    mailout.move_to(MailoutState.DRAFT)
    mailout.approved_by = mailout.approved_at = mailout.approved_digest = None
    mailout.template_digest = None  # its letters are to be asked for again
    mailout.remark = why
    detail = {"why": why, "was": came_from.value}
    subject = f"mailout:{mailout.name}"
    journal.append(session, Event(now, actor, "mailout.reopened", subject, detail))


def release_again(
    session: Session, mailout: Mailout, why: str, because: str, *, actor: str, now: datetime
) -> None:
    """Take a mailout that was sent back to releasing: more of it is to leave."""
    if mailout.state is MailoutState.SENT:
        mailout.move_to(MailoutState.RELEASING)
        detail = {"why": why, "because": because}
        subject = f"mailout:{mailout.name}"
        journal.append(session, Event(now, actor, "mailout.releasing", subject, detail))


def hold(session: Session, letter_id: UUID, why: str, *, now: datetime) -> None:
    """Pause the mailout of a letter whose stored bytes are not the approved ones."""
    mailout = mailout_of(session, letter_id)
    if mailout.state is MailoutState.RELEASING:
        mailout.move_to(MailoutState.PAUSED)
        mailout.remark = why
        subject = f"mailout:{mailout.name}"
        journal.append(session, Event(now, WORKER, "mailout.paused", subject, {"why": why}))
