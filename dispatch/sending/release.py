"""Release: on its date an approved mailout becomes a queue of deliveries.

And what a person may do about it: schedule, pause, resume, cancel.
"""

from __future__ import annotations

from datetime import datetime

from dispatch.database import Session
from dispatch.database.tables import Mailout
from dispatch.documents import Templates
from dispatch.domain.address import domain_of
from dispatch.domain.errors import CannotRender, NotApproved, RuleBroken
from dispatch.domain.ledger import CLOCK, Event
from dispatch.domain.mailout import REOPENED_BY_CHANGE, MailoutState
from dispatch.ledger import journal
from dispatch.letters.sealing import sealing
from dispatch.letters.store import documents, letters
from dispatch.mailouts.changes import reopen
from dispatch.mailouts.store import mailout_named, mailouts_in
from dispatch.sending.store import deliveries, exchangers


def schedule(
    session: Session, mailout: Mailout, templates: Templates, *, actor: str, now: datetime
) -> None:
    """Leave an approved mailout to the clock, which releases it on its date.

    Raises `NotApproved` if it is not approved, or not any more; `RuleBroken` if its not-after
    time has passed.
    """
    if mailout.state is MailoutState.SCHEDULED:
        raise RuleBroken(f"{mailout.name} is scheduled already")
    if mailout.state is not MailoutState.APPROVED:
        raise NotApproved(
            f"{mailout.name} is {mailout.state.value}; "
            f"approve it with `dispatch mailout approve {mailout.name} --as PERSON`"
        )
    _refuse_too_late(mailout, now)
    if why := _stale(session, mailout, templates):
        raise NotApproved(
            f"{mailout.name} is not what was approved: {why}; "
            f"run `dispatch mailout render {mailout.name}` again"
        )
    exchangers.note(session, _domains(session, mailout))  # there is time to look them up
    _move(session, mailout, MailoutState.SCHEDULED, actor, now)


def _domains(session: Session, mailout: Mailout) -> set[str]:
    return {
        domain_of(recipient.address)
        for letter in letters.in_force(session, mailout)
        for recipient in letter.draft.recipients
    }


def pause(session: Session, mailout: Mailout, *, actor: str, now: datetime) -> None:
    """Hold a mailout: what has not left waits. A worker in mid-letter finishes that letter."""
    _move(session, mailout, MailoutState.PAUSED, actor, now)


def resume(session: Session, mailout: Mailout, *, actor: str, now: datetime) -> None:
    """Let a paused mailout go on from where it was.

    Raises `RuleBroken` if its not-after time passed before it was ever released. One that was
    goes on to its end: what could not leave in time expires.
    """
    if mailout.state is not MailoutState.PAUSED:
        raise RuleBroken(f"{mailout.name} is {mailout.state.value}, not paused")
    if mailout.released_at is None:
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


def due(session: Session, *, now: datetime) -> list[str]:
    """Return the names of the scheduled mailouts whose time has come."""
    scheduled = mailouts_in(session, MailoutState.SCHEDULED)
    return [mailout.name for mailout in scheduled if mailout.plan.release_at <= now]


def release(session: Session, name: str, templates: Templates, *, now: datetime) -> bool:
    """Release a scheduled mailout; whether it went.

    Two clocks may call this at once: the row is locked and its state read again, so one finds
    it scheduled and the other finds it gone. What is not as it was approved goes back to draft,
    and what is too late is paused, each with the reason as its remark. Where this machine lacks
    the template, it waits for one that has it.
    """
    mailout = mailout_named(session, name, is_locked=True)
    if mailout.state is not MailoutState.SCHEDULED or mailout.plan.release_at > now:
        return False
    if mailout.plan.not_after <= now:
        mailout.remark = "its not-after time passed before it could be released"
        _move(session, mailout, MailoutState.PAUSED, CLOCK, now)
        return False
    try:
        why = _stale(session, mailout, templates)
        documents.verify(session, letters.in_force(session, mailout))
    except CannotRender as error:
        mailout.remark = f"it could not be released: {error}"
        return False
    except NotApproved as error:
        why = str(error)
    if why:
        reopen(session, mailout, f"at release: {why}", actor=CLOCK, now=now)
        return False
    _queue(session, mailout, now)
    return True


def _queue(session: Session, mailout: Mailout, now: datetime) -> None:
    """Make a delivery of each letter to each of its recipients."""
    mailout.released_at = now
    mailout.remark = None
    _move(session, mailout, MailoutState.RELEASING, CLOCK, now)
    not_after = mailout.plan.not_after
    rows = [
        deliveries.addressed(letter, recipient, now=now, not_after=not_after)
        for letter in letters.in_force(session, mailout)
        for recipient in letter.draft.recipients
    ]
    deliveries.add(session, rows, actor=CLOCK)


def changed_templates(session: Session, templates: Templates) -> list[str]:
    """Return the names of mailouts whose letters were made from another template than is here."""
    return [
        mailout.name
        for mailout in mailouts_in(session, *REOPENED_BY_CHANGE)
        if _has_changed(mailout, templates)
    ]


def void(session: Session, name: str, templates: Templates, *, now: datetime) -> bool:
    """Take a mailout whose template has changed back to draft, long before its date."""
    mailout = mailout_named(session, name, is_locked=True)
    if mailout.state not in REOPENED_BY_CHANGE or not _has_changed(mailout, templates):
        return False
    why = f"its template {mailout.plan.template} changed"
    reopen(session, mailout, why, actor=CLOCK, now=now)
    return True


def _has_changed(mailout: Mailout, templates: Templates) -> bool:
    try:
        return templates.digest(mailout.plan.template) != mailout.template_digest
    except CannotRender:
        return False  # this machine cannot tell


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
