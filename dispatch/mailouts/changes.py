"""Take a mailout back to draft, set it going again, or hold it, because something has changed."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from dispatch.database import Session
from dispatch.database.tables import Mailout
from dispatch.domain.errors import ImpossibleMove
from dispatch.domain.mailout import LEASE_TO_BEGIN, UNDER_WAY, MailoutState
from dispatch.domain.proof.ledger import WORKER
from dispatch.domain.word import Word
from dispatch.ledger import events, journal
from dispatch.mailouts.store import mailout_by_id, mailout_named


def reopen(session: Session, mailout: Mailout, why: str, word: Word) -> None:
    """Take a mailout back to draft: its letters and its approval no longer hold.

    People are shown `why` and the ledger keeps it, so it must not name a person or an address.
    Raises `ImpossibleMove` for a draft, and for a mailout whose letters have been released.
    """
    was = _back_to_draft(mailout, why).value
    journal.append(session, events.MAILOUT_REOPENED.by(word, mailout.name, why=why, was=was))


def send_back(session: Session, mailout: Mailout, digest: str, word: Word) -> None:
    """Take a mailout back to draft because the person who was to approve it says no, and why.

    `digest` is of what that person was shown. Raises `ImpossibleMove` as `reopen`, and `RuleBroken`
    without a reason.
    """
    because = word.needed_reason()
    was = _back_to_draft(mailout, f"sent back: {because}").value
    event = events.MAILOUT_SENT_BACK.by(word, mailout.name, because=because, was=was, digest=digest)
    journal.append(session, event)


def _back_to_draft(mailout: Mailout, why: str) -> MailoutState:
    """Void the approval and the request for letters; return the state that it was in."""
    if mailout.released_at:
        raise ImpossibleMove(f"{mailout.name} has been released: its letters are what was sent")
    came_from = mailout.state
    mailout.move_to(MailoutState.DRAFT)
    mailout.approved_by = mailout.approved_at = mailout.approved_digest = None
    mailout.rendered_digest = mailout.numbers = None
    mailout.come_to(None)
    mailout.template_digest = None  # a person must ask for its letters again
    mailout.remark = why
    return came_from


def take_up(session: Session, name: str, *, now: datetime) -> MailoutState | None:
    """Take the work that goes through all letters of a mailout; return the state that it is of.

    None if there is none, or another process has it.
    """
    mailout = mailout_named(session, name, is_locked=True)
    is_held = mailout.lease_until is not None and mailout.lease_until > now
    if mailout.under_way is None or mailout.state not in UNDER_WAY or is_held:
        return None
    mailout.lease_until = now + LEASE_TO_BEGIN
    return mailout.state


def release_again(session: Session, mailout: Mailout, why: str, because: str, word: Word) -> None:
    """Take a mailout that was sent back to releasing, since more of its letters must go.

    `because` is the reason that a person gave for these letters.
    """
    if mailout.state is MailoutState.SENT:
        mailout.move_to(MailoutState.RELEASING)
        event = events.MAILOUT_RELEASING.by(word, mailout.name, why=why, because=because)
        journal.append(session, event)


def hold(
    session: Session, mailout_id: UUID, why: str, *, now: datetime, has_more: bool = False
) -> Mailout | None:
    """Pause a mailout whose letters must not leave as things are; return it if it was paused.

    One that was taken to be sent is paused if it `has_more`: some of its letters must go after all.
    """
    mailout = mailout_by_id(session, mailout_id)
    if has_more and mailout.state is MailoutState.SENT:
        mailout.move_to(MailoutState.RELEASING)
        journal.append(session, events.MAILOUT_RELEASING.event(now, WORKER, mailout.name, why=why))
    if mailout.state is not MailoutState.RELEASING:
        return None
    mailout.move_to(MailoutState.PAUSED)
    mailout.remark = why
    journal.append(session, events.MAILOUT_PAUSED.event(now, WORKER, mailout.name, why=why))
    return mailout
