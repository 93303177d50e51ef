"""Decide on a contact that an autoreply suggests: accept it, or decline it.

Neither sends anything. Sending the letter to the new contact is a separate act: see
`dispatch.corrections.resend`.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from dispatch.database import Session
from dispatch.database.tables import ContactRow, Delivery, IncomingMail, Mailout, Suggestion
from dispatch.domain import calendar
from dispatch.domain.errors import BadInput, RuleBroken
from dispatch.domain.incoming.message import SuggestionState
from dispatch.domain.person import parts_of
from dispatch.domain.register.authority import Contact
from dispatch.domain.word import Word
from dispatch.files.contacts import mailbox
from dispatch.files.tables.faults import Wrong
from dispatch.incoming.store.suggestions import current_contact, locked
from dispatch.ledger import events, journal
from dispatch.mailouts.changes import reopen
from dispatch.register import register
from dispatch.register.store import contacts


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """Result of accepting a suggestion."""

    contact: Contact
    """Who is in post now."""
    reopened: tuple[str, ...]
    """Mailouts that went back to draft, because their letters were for the old contact."""
    mailout: str
    """The mailout whose letter was answered, and may now be sent to the new contact."""
    authority: str
    """The authority that the letter is about, which may be the contact's predecessor."""
    role: str


def accept(session: Session, suggestion_id: UUID, word: Word) -> Accepted:
    """Replace the contact who has left with the one who is suggested.

    Raises `RuleBroken` if the suggestion is decided already
    or the old contact's address has changed since, and `BadInput` if the address is unusable.
    """
    mailouts = register.lock_for_change(session)
    suggestion, delivery = _open(session, suggestion_id)
    before = current_contact(session, delivery)
    if before is None:
        raise RuleBroken(
            f"the {delivery.role} of {delivery.authority_code} now has another address: "
            f"decline the suggestion"
        )
    after = _replace(session, before, suggestion, word)
    _decide(suggestion, SuggestionState.ACCEPTED, word)
    suggestion.contact_id = after.id
    what = f"the {before.role} of {before.authority_code}"
    concerned = register.concerned(session, mailouts, before.authority_code, before.role)
    for mailout in concerned:
        why = f"{what} changed as an autoreply suggested"
        reopen(session, mailout, why, word)
    detail = {
        "role": before.role,
        "contact": str(after.id),
        "replaced": str(before.id),
        "because": word.because,
        "mail": session.get_one(IncomingMail, suggestion.mail_id).sha256,
    }
    journal.append(session, events.CONTACT_REPLACED.by(word, before.authority_code, **detail))
    return Accepted(
        contact=after.to_contact(),
        reopened=tuple(each.name for each in concerned),
        mailout=session.get_one(Mailout, delivery.mailout_id).name,
        authority=delivery.authority_code,
        role=delivery.role,
    )


def decline(session: Session, suggestion_id: UUID, word: Word) -> Delivery:
    """Keep the contact as it is, and return the delivery that was answered.

    Raises `RuleBroken` if the suggestion is decided already.
    """
    suggestion, delivery = _open(session, suggestion_id)
    _decide(suggestion, SuggestionState.DECLINED, word)
    event = events.CONTACT_DECLINED.by(word, delivery.id, because=word.because)
    journal.append(session, event)
    return delivery


def _open(session: Session, suggestion_id: UUID) -> tuple[Suggestion, Delivery]:
    suggestion, delivery = locked(session, suggestion_id)
    if suggestion.state is not SuggestionState.OPEN:
        raise RuleBroken(f"this suggestion is {suggestion.state.value} already")
    return suggestion, delivery


def _decide(suggestion: Suggestion, state: SuggestionState, word: Word) -> None:
    suggestion.state, suggestion.decided_by, suggestion.decided_at = state, word.person, word.at
    suggestion.because = word.because or None


def _replace(
    session: Session, before: ContactRow, suggestion: Suggestion, word: Word
) -> ContactRow:
    """Replace a contact with the suggested one, from today. Raises `BadInput`."""
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
    day = calendar.local(word.at).date()
    [after] = contacts.replace(session, [(contact, before.id)], day=day)
    return after
