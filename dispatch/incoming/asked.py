"""Questions to contacts, whether they are the right person: their ids, and whom one was put to.

A question is not a delivery. That it was asked is an event with a code, and its id follows from the
mailout and the contact: so no row says whom an answer is from.
"""

from __future__ import annotations

from typing import Final
from uuid import UUID, uuid5

from dispatch.database import Session
from dispatch.domain.address import folded
from dispatch.domain.mailout import CLOSED, MailoutState
from dispatch.domain.notice import Notice, Successor
from dispatch.domain.sending.envelope import of_question
from dispatch.incoming.store.suggestions import Answered
from dispatch.ledger import events, journal
from dispatch.ledger.kinds import Subject
from dispatch.mailouts.store import mailouts_in
from dispatch.register.store import contacts


def question_id(mailout_id: UUID, contact_id: UUID) -> UUID:
    """Return the id of the question to a contact before a mailout, the same in every attempt."""
    return of_question(uuid5(mailout_id, f"confirm {contact_id}"))


def asked(session: Session, id_: UUID) -> Answered | None:
    """Return whom the question of an id was put to.

    None if they are no longer in post, if the mailout is over, or if the ledger does not have, as
    we wrote it, that they were asked.
    """
    present = contacts.registered(session)
    for mailout in mailouts_in(session, *OPEN):
        for contact_id, contact in present.values():
            if question_id(mailout.id, contact_id) != id_:
                continue
            if not was_asked(session, contact.authority, mailout.name, contact_id):
                return None
            return Answered(
                id=id_,
                mailout_id=mailout.id,
                asked_id=contact_id,
                authority_code=contact.authority,
                role=contact.role,
                address=contact.address,
                address_key=folded(contact.address),
            )
    return None


OPEN: Final = frozenset(MailoutState) - CLOSED


def named_in(notice: Notice) -> Successor | None:
    """Return whom an answer to a question names: by a machine, or plainly by a person."""
    return notice.successor or (notice.typed.successor if notice.typed else None)


def was_asked(session: Session, code: str, mailout: str, contact_id: UUID) -> bool:
    """Whether we wrote in the ledger that a contact was asked before a mailout."""
    subject = Subject.AUTHORITY.of(code)
    told = journal.all_of_ours(session, [subject], {events.CONTACT_ASKED.action})[subject]
    of = {"mailout": mailout, "of": str(contact_id)}
    return any(of.items() <= each.detail.items() for each in told or ())
