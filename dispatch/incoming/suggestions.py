"""Decide on a contact that an answer suggests, to a letter or to a question: accept or decline it.

Anybody can write that somebody has left, and whom to write to instead. So a message that did not
come by our signed return path, and does not have the code of our Message-ID, needs two people to be
believed: the first who accepts it is recorded, and nothing changes until somebody else does, too.
One who confirmed the message as genuine counts as the first.

Neither sends anything. Sending the letter to the new contact is a separate act: see
`dispatch.corrections.resend`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from dispatch.database import Session
from dispatch.database.tables import (
    ContactRow,
    IncomingMail,
    Mailout,
    NoticeRow,
    Suggestion,
)
from dispatch.domain import calendar
from dispatch.domain.errors import BadInput, NeedsAnother, RuleBroken
from dispatch.domain.incoming.message import PROVES_ACCEPTANCE, UNDECIDED, SuggestionState
from dispatch.domain.person import parts_of
from dispatch.domain.proposal import Proposal
from dispatch.domain.register.authority import Contact
from dispatch.domain.word import Word
from dispatch.files.contacts import mailbox
from dispatch.files.tables.faults import Wrong
from dispatch.incoming import on_record
from dispatch.incoming.store.suggestions import (
    Answered,
    Found,
    current_contact,
    detail,
    found,
    locked,
    notice_of,
)
from dispatch.ledger import events, journal
from dispatch.mailouts.changes import reopen
from dispatch.people.identity import identities
from dispatch.register import appointments, register
from dispatch.register.appointments import Appointment
from dispatch.register.store import contacts


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance(Proposal):
    """What it would do to accept a suggestion."""

    suggestion_id: UUID
    change: Appointment
    """Who goes, who comes, and what follows from that."""
    is_proven: bool
    """Whether one person is enough."""
    first_by: str | None
    """Who has accepted it, or confirmed its message, if two people must."""

    @property
    def effect(self) -> object:
        """All of it."""
        return [str(self.suggestion_id), self.change.effect, self.is_proven, self.first_by]


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """Result of accepting a suggestion."""

    contact: Contact
    """Who is in post now."""
    reopened: tuple[str, ...]
    """Mailouts that went back to draft, because their letters were for the old contact."""
    mailout: str
    """The mailout whose letter was answered, and may now be sent to the new contact; or before
    which the contact was asked."""
    authority: str
    """The authority that the letter is about, which may be the contact's predecessor."""
    role: str
    is_question: bool
    """Whether no letter has gone yet: a question to the contact was answered."""


def propose(
    session: Session, suggestion_id: UUID, *, now: datetime, known: Found | None = None
) -> Acceptance:
    """Return what it would do to accept a suggestion. Locks nothing.

    `known` is the suggestion with what it answers, where that has been read already. Raises
    `NotFound`, `RuleBroken` if it is decided already or if the old contact's address has changed
    since, and `BadInput` if the address is unusable.
    """
    suggestion, answered, notice = known or found(session, suggestion_id)
    _refuse_decided(suggestion)
    before = _before(current_contact(session, answered, is_locked=False), answered)
    contact = _suggested(before, suggestion)
    return Acceptance(
        suggestion_id=suggestion_id,
        change=appointments.appointment(session, contact, now=now, is_locked=False),
        is_proven=is_proven(notice),
        first_by=None if is_proven(notice) else _first(session, suggestion),
    )


def accept(
    session: Session, suggestion_id: UUID, word: Word, *, agreed: str | None = None
) -> Accepted | None:
    """Replace the contact who has left with the one who is suggested.

    `agreed` is the digest of the proposal that the person saw, if they were shown one. None if
    nothing proves it and this person is the first to accept it: that is recorded, and somebody else
    decides. Raises as `propose`; `RuleBroken` if the person has accepted it already;
    `ChangedMeanwhile` if it would do anything else than what was agreed.
    """
    mailouts = register.lock_for_change(session)
    suggestion, answered = _open(session, suggestion_id)
    before = _before(current_contact(session, answered), answered)
    contact = _suggested(before, suggestion)
    if agreed is not None:
        propose(session, suggestion_id, now=word.at).check(agreed)
    if _needs_another(session, suggestion, word):
        _accept_once(session, suggestion, word)
        return None
    day = calendar.local(word.at).date()
    [after] = contacts.replace(session, [(contact, before.id)], day=day)
    _decide(suggestion, SuggestionState.ACCEPTED, word)
    suggestion.contact_id = after.id
    what = f"the {before.role} of {before.authority_code}"
    concerned = register.concerned(session, mailouts, before.authority_code, before.role)
    for mailout in concerned:
        why = f"{what} changed as {_suggested_by(answered)} suggested"
        reopen(session, mailout, why, word)
    changed = {
        "role": before.role,
        "contact": str(after.id),
        "replaced": str(before.id),
        "because": word.because,
        "mail": session.get_one(IncomingMail, suggestion.mail_id).sha256,
    }
    journal.append(session, events.CONTACT_REPLACED.by(word, before.authority_code, **changed))
    return Accepted(
        contact=after.to_contact(),
        reopened=tuple(each.name for each in concerned),
        mailout=session.get_one(Mailout, answered.mailout_id).name,
        authority=answered.authority_code,
        role=answered.role,
        is_question=answered.is_question,
    )


def _before(found: ContactRow | None, answered: Answered) -> ContactRow:
    if found is None:
        raise RuleBroken(
            f"the {answered.role} of {answered.authority_code} now has another address: "
            f"decline the suggestion"
        )
    return found


def _suggested_by(answered: Answered) -> str:
    return "the answer to our question" if answered.is_question else "an autoreply"


def decline(session: Session, suggestion_id: UUID, word: Word) -> Answered:
    """Keep the contact as it is, and return what was answered.

    Raises `RuleBroken` if the suggestion is decided already.
    """
    suggestion, answered = _open(session, suggestion_id)
    _decide(suggestion, SuggestionState.DECLINED, word)
    if answered.is_question:
        said = detail(session, answered) | {"because": word.because}
        event = events.CONTACT_KEPT.by(word, answered.authority_code, **said)
    else:
        event = events.CONTACT_DECLINED.by(word, answered.id, because=word.because)
    journal.append(session, event)
    return answered


def _open(session: Session, suggestion_id: UUID) -> tuple[Suggestion, Answered]:
    suggestion, answered = locked(session, suggestion_id)
    _refuse_decided(suggestion)
    return suggestion, answered


def _refuse_decided(suggestion: Suggestion) -> None:
    if suggestion.state not in UNDECIDED:
        raise RuleBroken(f"this suggestion is {suggestion.state.value} already")


def _decide(suggestion: Suggestion, state: SuggestionState, word: Word) -> None:
    suggestion.state, suggestion.decided_by, suggestion.decided_at = state, word.person, word.at
    suggestion.because = word.because or None


def is_proven(notice: NoticeRow) -> bool:
    """Whether anything shows that a notice is from somebody who had the letter."""
    return notice.trust in PROVES_ACCEPTANCE


def _needs_another(session: Session, suggestion: Suggestion, word: Word) -> bool:
    """Whether somebody else must accept a suggestion after this person. Raises `RuleBroken`."""
    notice = notice_of(session, suggestion)
    if is_proven(notice):
        return False
    if suggestion.delivery_id is None:
        raise RuleBroken("nothing proves this answer any more: decline the suggestion")
    first = _first(session, suggestion)
    if first is not None and identities(session).same(first, word.person):
        raise NeedsAnother(
            f"{first} has said so already, and nothing proves this contact: somebody else must "
            f"accept it as well"
        )
    return first is None


def _first(session: Session, suggestion: Suggestion) -> str | None:
    """Return who is the first of two people, by the events: the rows may have been changed."""
    about = suggestion.delivery_id
    if about is None:
        return None
    mail = session.get_one(IncomingMail, suggestion.mail_id).sha256
    return on_record.who_accepted_once(session, about, mail) or on_record.who_confirmed(
        session, about, mail
    )


def _accept_once(session: Session, suggestion: Suggestion, word: Word) -> None:
    suggestion.state = SuggestionState.ACCEPTED_ONCE
    suggestion.first_by, suggestion.first_at = word.person, word.at
    suggestion.first_because = word.because or None
    mail = session.get_one(IncomingMail, suggestion.mail_id).sha256
    kind, key = events.CONTACT_ACCEPTED_ONCE, suggestion.delivery_id
    journal.append(session, kind.by(word, key, because=word.because, mail=mail))


def _suggested(before: ContactRow, suggestion: Suggestion) -> Contact:
    """Return the suggested contact, in the place of another. Raises `BadInput`."""
    try:
        address = mailbox(suggestion.address)
    except Wrong as error:
        raise BadInput(f"{suggestion.address!r} {error}; decline the suggestion") from None
    honorific, given_name, surname = parts_of(suggestion.name)
    return Contact(
        authority=before.authority_code,
        role=before.role,
        address=address,
        honorific=honorific,
        given_name=given_name,
        surname=surname,
        job_title=before.job_title,
        language=before.language if before.surname == surname else None,
        postal_address=before.postal_address or None,
    )
