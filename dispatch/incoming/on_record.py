"""What the ledger says of a message: that it came in, and which people confirmed what it says.

The rows of notices and suggestions repeat it. Somebody who can write to the database alone can
change those, but cannot write such an event: its code needs the key of this service.
"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from dispatch.database import Session
from dispatch.ledger import events, journal
from dispatch.ledger.kinds import Kind, Subject


def came_in(session: Session, mail: str) -> bool:
    """Whether a message with this SHA-256 came in by one of our processes."""
    subject, action = Subject.MAIL.of(mail), events.MAIL_RECEIVED.action
    told = journal.all_of_ours(session, [subject], {action})[subject] or ()
    return any(each.detail.get("sha256") == mail for each in told)


def who_confirmed(session: Session, delivery_id: UUID, mail: str) -> str | None:
    """Return who confirmed what a message says of a delivery; None if nobody did."""
    return _person(session, events.NOTICE_CONFIRMED, delivery_id, mail)


def dismissed(session: Session, said: Iterable[tuple[UUID, str]]) -> set[tuple[UUID, str]]:
    """Return which of some messages, each by a delivery and its SHA-256, a person dismissed."""
    asked = list(said)
    if not asked:
        return set()
    subjects = [Subject.DELIVERY.of(delivery_id) for delivery_id, _ in asked]
    told = journal.all_of_ours(session, subjects, {events.NOTICE_DISMISSED.action})
    return {
        (delivery_id, mail)
        for (delivery_id, mail), subject in zip(asked, subjects, strict=True)
        if any(each.detail.get("mail") == mail for each in told[subject] or ())
    }


def who_accepted_once(session: Session, delivery_id: UUID, mail: str) -> str | None:
    """Return who accepted the contact that a message suggests, of two who must."""
    return _person(session, events.CONTACT_ACCEPTED_ONCE, delivery_id, mail)


def _person(session: Session, kind: Kind, delivery_id: UUID, mail: str) -> str | None:
    subject = Subject.DELIVERY.of(delivery_id)
    told = journal.all_of_ours(session, [subject], {kind.action})[subject] or ()
    people = [each.actor for each in told if each.detail.get("mail") == mail]
    return people[-1] if people else None
