"""Decide: what came back needs a person's word, and gets it.

A notice that nothing proves is vouched for; the contact that an autoreply suggests is taken up or
not. Nothing here sends: that a letter goes to a new contact is a separate step.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from dispatch.database import Session
from dispatch.database.tables import ContactRow, Delivery, IncomingMail, Suggestion
from dispatch.domain import calendar
from dispatch.domain.authority import Contact
from dispatch.domain.errors import BadInput, RuleBroken
from dispatch.domain.incoming import SuggestionState
from dispatch.domain.ledger import Event
from dispatch.domain.person import parts_of
from dispatch.domain.word import Word, named
from dispatch.files.contacts import mailbox
from dispatch.files.tables.faults import Wrong
from dispatch.incoming.store import conclusions, suggestions
from dispatch.incoming.store import mail as incoming
from dispatch.ledger import journal
from dispatch.mailouts.changes import reopen
from dispatch.register import register
from dispatch.register.store import contacts


def confirm(
    session: Session,
    mail_id: UUID,
    *,
    person: str,
    because: str,
    now: datetime,
    at_keyboard: str | None = None,
) -> None:
    """Vouch for a notice that is not verified, so that it may change its delivery.

    What it changes is concluded next. Raises `NotFound`; `RuleBroken` if it is believed already,
    is about no delivery known here, was taken away, or without a reason or a person's name.
    """
    name, reason = named(person), " ".join(because.split())
    if not reason:
        raise RuleBroken("say why: what shows that it is genuine?")
    row = conclusions.of_mail(session, mail_id)
    if row.is_believed:
        raise RuleBroken("this notice is believed already: there is nothing to confirm")
    if row.delivery_id is None:
        raise RuleBroken("this notice is about no delivery that is known here")
    if not incoming.content_of(session, mail_id):
        raise RuleBroken(
            "this mail was taken away (`dispatch audit purge`): there is nothing to see"
        )
    row.confirmed_by, row.confirmed_at, row.confirmed_because = name, now, reason
    row.due_at = now
    detail = {
        "because": reason,
        "mail": session.get_one(IncomingMail, mail_id).sha256,
        "at_keyboard": at_keyboard or name,
    }
    subject = f"delivery:{row.delivery_id}"
    journal.append(session, Event(now, name, "notice.confirmed", subject, detail))


def accept(
    session: Session,
    suggestion_id: UUID,
    *,
    person: str,
    because: str = "",
    now: datetime,
    at_keyboard: str | None = None,
) -> tuple[ContactRow, tuple[str, ...]]:
    """Put the suggested contact in post in the place of the one who has left.

    Returns who is in post, and the mailouts that went back to draft, since their letters may
    have gone to the other. Raises `RuleBroken` if it is decided already, or the one who has left
    is not in post any more.
    """
    name = named(person)
    mailouts = register.lock_for_change(session)
    suggestion, delivery = _open(session, suggestion_id)
    before = suggestions.in_post(session, delivery)
    if before is None:
        raise RuleBroken(
            f"the {delivery.role} of {delivery.authority_code} has another address by now: "
            f"decline the suggestion"
        )
    after = _replaced(session, before, suggestion, now)
    _decide(suggestion, SuggestionState.ACCEPTED, name, because, now)
    suggestion.contact_id = after.id
    what = f"the {before.role} of {before.authority_code}"
    concerned = register.concerned(session, mailouts, before.authority_code, before.role)
    word = Word(person=name, keyboard=at_keyboard or name, at=now)
    for mailout in concerned:
        reopen(session, mailout, f"{what} changed as an autoreply suggested", word)
    mail = session.get_one(IncomingMail, suggestion.mail_id)
    detail = {
        "role": before.role,
        "contact": str(after.id),
        "replaced": str(before.id),
        "because": suggestion.because or "",
        "mail": mail.sha256,
        "at_keyboard": at_keyboard or name,
    }
    subject = f"authority:{before.authority_code}"
    journal.append(session, Event(now, name, "contact.replaced", subject, detail))
    return after, tuple(each.name for each in concerned)


def decline(
    session: Session,
    suggestion_id: UUID,
    *,
    person: str,
    because: str = "",
    now: datetime,
    at_keyboard: str | None = None,
) -> Delivery:
    """Leave things as they are, and return the delivery that was answered. As `accept`."""
    name = named(person)
    suggestion, delivery = _open(session, suggestion_id)
    _decide(suggestion, SuggestionState.DECLINED, name, because, now)
    subject = f"delivery:{delivery.id}"
    detail = {"because": suggestion.because or "", "at_keyboard": at_keyboard or name}
    journal.append(session, Event(now, name, "contact.declined", subject, detail))
    return delivery


def _open(session: Session, suggestion_id: UUID) -> tuple[Suggestion, Delivery]:
    suggestion, delivery = suggestions.locked(session, suggestion_id)
    if suggestion.state is not SuggestionState.OPEN:
        raise RuleBroken(f"this suggestion is {suggestion.state.value} already")
    return suggestion, delivery


def _decide(
    suggestion: Suggestion, state: SuggestionState, person: str, because: str, now: datetime
) -> None:
    suggestion.state, suggestion.decided_by, suggestion.decided_at = state, person, now
    suggestion.because = " ".join(because.split()) or None


def _replaced(
    session: Session, before: ContactRow, suggestion: Suggestion, now: datetime
) -> ContactRow:
    """Put who is suggested in the place of another. Raises `BadInput` for no usable address."""
    try:
        address = mailbox(suggestion.address)
    except Wrong as error:
        raise BadInput(f"{suggestion.address!r} {error}; decline the suggestion") from None
    honorific, given_name, surname = parts_of(suggestion.name)
    contact = Contact(
        authority=before.authority_code,
        role=before.role,
        address=address,
        honorific=honorific,
        given_name=given_name,
        surname=surname,
        job_title=before.job_title,
    )
    day = calendar.local(now).date()
    [after] = contacts.replace(session, [(contact, before.id)], day=day)
    return after
