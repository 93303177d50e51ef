"""Release: on its date an approved mailout becomes a queue of deliveries.

And what a person may do about it: schedule, pause, resume, cancel.
"""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

from dispatch.db import Delivery, Letter, Mailout, Session, deliveries, journal, queries
from dispatch.db.reopen import reopen
from dispatch.db.sealing import sealing
from dispatch.documents import Templates
from dispatch.domain.address import folded
from dispatch.domain.delivery import DeliveryState
from dispatch.domain.errors import CannotRender, NotApproved, RuleBroken
from dispatch.domain.ledger import CLOCK, Event
from dispatch.domain.letter import Recipient
from dispatch.domain.mailout import MailoutState


def schedule(
    session: Session, mailout: Mailout, templates: Templates, *, actor: str, now: datetime
) -> None:
    """Leave an approved mailout to the clock, which releases it on its date.

    Raises `NotApproved` if it is not approved, or not any more; `RuleBroken` if its not-after
    time has passed.
    """
    if mailout.state is not MailoutState.APPROVED:
        raise NotApproved(
            f"{mailout.name} is {mailout.state.value}; "
            f"approve it with `dispatch mailout approve {mailout.name} --as PERSON`"
        )
    _refuse_too_late(mailout, now)
    if why := _stale(session, mailout, templates):
        raise NotApproved(f"{mailout.name} is not what was approved: {why}")
    _move(session, mailout, MailoutState.SCHEDULED, actor, now)


def pause(session: Session, mailout: Mailout, *, actor: str, now: datetime) -> None:
    """Hold a mailout: what has not left waits. A worker in mid-letter finishes that letter."""
    _move(session, mailout, MailoutState.PAUSED, actor, now)


def resume(session: Session, mailout: Mailout, *, actor: str, now: datetime) -> None:
    """Let a paused mailout go on from where it was. Raises `RuleBroken` past its not-after time."""
    if mailout.state is not MailoutState.PAUSED:
        raise RuleBroken(f"{mailout.name} is {mailout.state.value}, not paused")
    _refuse_too_late(mailout, now)
    back = MailoutState.RELEASING if mailout.released_at else MailoutState.SCHEDULED
    mailout.remark = None
    _move(session, mailout, back, actor, now)


def cancel(session: Session, mailout: Mailout, *, actor: str, now: datetime) -> int:
    """Stop a mailout for good and return how many deliveries it stopped.

    What a worker holds at this moment may still leave; what it gives back is cancelled by the
    clock.
    """
    _move(session, mailout, MailoutState.CANCELLED, actor, now)
    return deliveries.cancel_waiting(session, mailout, actor=actor, now=now)


def release(session: Session, templates: Templates, *, now: datetime) -> list[str]:
    """Release each scheduled mailout whose time has come; return the names of those released.

    Two clocks may call this at once: the row is locked and its state read again, so one finds
    it scheduled and the other finds it gone. What is not as it was approved goes back to draft;
    what is too late, or whose template is not to be had here, is paused. Each with the reason as
    its remark, and none keeps another from going.
    """
    released = []
    for due in queries.mailouts_in(session, MailoutState.SCHEDULED):
        if due.plan.release_at <= now:
            mailout = queries.mailout_named(session, due.name, is_locked=True)
            if mailout.state is MailoutState.SCHEDULED and _release(
                session, mailout, templates, now
            ):
                released.append(mailout.name)
    return released


def _release(session: Session, mailout: Mailout, templates: Templates, now: datetime) -> bool:
    if mailout.plan.not_after <= now:
        return _hold(session, mailout, "its not-after time passed before it could be released", now)
    try:
        why = _stale(session, mailout, templates)
    except CannotRender as error:
        return _hold(session, mailout, f"it could not be released: {error}", now)
    if why:
        reopen(session, mailout, f"at release: {why}", actor=CLOCK, now=now)
        return False
    mailout.released_at = now
    _move(session, mailout, MailoutState.RELEASING, CLOCK, now)
    suppressed = queries.suppressed(session)
    rows = [
        _delivery(mailout, letter, recipient, suppressed, now)
        for letter in queries.letters(session, mailout)
        for recipient in letter.draft.recipients
    ]
    session.add_all(rows)
    session.flush()
    journal.append_all(session, (_queued(row) for row in rows))
    return True


def _hold(session: Session, mailout: Mailout, why: str, now: datetime) -> bool:
    mailout.remark = why
    _move(session, mailout, MailoutState.PAUSED, CLOCK, now)
    return False


def _delivery(
    mailout: Mailout,
    letter: Letter,
    recipient: Recipient,
    suppressed: frozenset[str],
    now: datetime,
) -> Delivery:
    key = folded(recipient.address)
    state = DeliveryState.SUPPRESSED if key in suppressed else DeliveryState.QUEUED
    return Delivery(
        id=uuid4(),
        mailout_id=mailout.id,
        letter_id=letter.id,
        authority_code=letter.authority_code,
        kind=recipient.kind,
        role=recipient.role,
        address=recipient.address,
        address_key=key,
        name=recipient.name,
        state=state,
        created_at=now,
        due_at=now,
        not_after=mailout.plan.not_after,
        state_at=now,
    )


def _queued(row: Delivery) -> Event:
    detail = {"authority": row.authority_code, "role": row.role, "letter": str(row.letter_id)}
    return Event(row.created_at, CLOCK, f"delivery.{row.state.value}", f"delivery:{row.id}", detail)


def _stale(session: Session, mailout: Mailout, templates: Templates) -> str | None:
    """Return why the mailout is not what was approved, or None if it is."""
    seal = sealing(session, mailout, templates.digest(mailout.plan.template))
    if seal.changes:
        more = len(seal.changes) - 1
        return seal.changes[0] + (f", and {more} more letters" if more else "")
    if seal.digest != mailout.approved_digest:
        return "a stored letter differs from the one approved"
    return None


def _refuse_too_late(mailout: Mailout, now: datetime) -> None:
    if mailout.plan.not_after <= now:
        raise RuleBroken(
            f"the not-after time of {mailout.name} has passed; give its file a later one and "
            f"run `dispatch mailout new FILE.toml` again"
        )


def _move(
    session: Session, mailout: Mailout, state: MailoutState, actor: str, now: datetime
) -> None:
    mailout.move_to(state)
    event = Event(now, actor, f"mailout.{state.value}", f"mailout:{mailout.name}")
    journal.append(session, event)
