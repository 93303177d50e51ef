"""Taking a mailout back to draft, or holding it, when something in it has changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.db import journal, queries
from dispatch.db.models import Mailout
from dispatch.domain.errors import ImpossibleMove
from dispatch.domain.ledger import WORKER, Event
from dispatch.domain.mailout import CHANGEABLE, MailoutState


def lock_unreleased(session: Session) -> Sequence[Mailout]:
    """Return every mailout that has not begun to go, as it is now and stays until the commit.

    Drafts are among them: a writer must wait for whoever is just turning one into letters, or
    that one would come out rendered from what is no longer so.
    """
    return session.scalars(
        select(Mailout)
        .where(Mailout.state.in_(CHANGEABLE), Mailout.released_at.is_(None))
        .order_by(Mailout.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()


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
    mailout = queries.mailout_of(session, letter_id)
    if mailout.state is MailoutState.RELEASING:
        mailout.move_to(MailoutState.PAUSED)
        mailout.remark = why
        subject = f"mailout:{mailout.name}"
        journal.append(session, Event(now, WORKER, "mailout.paused", subject, {"why": why}))
