"""Suggestions: whom an autoreply names in the place of one who has left."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from dispatch.database import sql
from dispatch.database.tables import ContactRow, Delivery, Mailout, NoticeRow, Suggestion
from dispatch.domain.address import folded
from dispatch.domain.incoming import SuggestionState
from dispatch.domain.notice import Successor


def make(
    session: Session, mail_id: UUID, delivery: Delivery, successor: Successor, *, now: datetime
) -> bool:
    """Suggest a new contact, unless the same one was suggested for this delivery before.

    What a person has decided stays so. One that was withdrawn is open again.
    """
    key = folded(successor.address)
    query = select(Suggestion).where(
        Suggestion.delivery_id == delivery.id, Suggestion.address_key == key
    )
    known = session.scalars(_afresh(query)).one_or_none()
    if known is None:
        known = Suggestion(
            mail_id=mail_id,
            delivery_id=delivery.id,
            address=successor.address,
            address_key=key,
            name=successor.name,
            sentence=successor.sentence,
            made_at=now,
        )
        session.add(known)
        session.flush()
        return True
    if known.state is SuggestionState.WITHDRAWN:
        known.state, known.mail_id = SuggestionState.OPEN, mail_id
        known.name, known.sentence = successor.name, successor.sentence
        return True
    return False


def withdraw(session: Session, mail_id: UUID, *, but: str = "") -> int:
    """Withdraw the open suggestions of a mail, but for that of one folded address."""
    query = select(Suggestion).where(
        Suggestion.mail_id == mail_id,
        Suggestion.state == SuggestionState.OPEN,
        Suggestion.address_key != but,
    )
    withdrawn = session.scalars(_afresh(query)).all()
    for each in withdrawn:
        each.state = SuggestionState.WITHDRAWN
    return len(withdrawn)


def _afresh(query: Select[Suggestion]) -> Select[Suggestion]:
    """Wait for whoever is just deciding, and see what they decided: it stays so."""
    return query.with_for_update().execution_options(populate_existing=True)


Found = tuple[Suggestion, Delivery, NoticeRow]


def listed(
    session: Session, mailout: Mailout | None = None, *states: SuggestionState
) -> Sequence[Found]:
    """Return suggestions with the deliveries and notices that they rest on, as they were made."""
    query = (
        select(Suggestion, Delivery, NoticeRow)
        .join(Delivery, Delivery.id == Suggestion.delivery_id)
        .join(NoticeRow, NoticeRow.mail_id == Suggestion.mail_id)
        .order_by(Suggestion.made_at, Suggestion.id)
    )
    if mailout is not None:
        query = query.where(Delivery.mailout_id == mailout.id)
    if states:
        query = query.where(Suggestion.state.in_(states))
    return [(each, delivery, notice) for each, delivery, notice in session.execute(query)]


def id_of(session: Session, beginning: str) -> UUID:
    """Return the id of the one suggestion that starts like that; see `sql.id_starting_with`."""
    see = "`dispatch notice suggestions`"
    return sql.id_starting_with(session, Suggestion.id, beginning, what="suggestion", see=see)


def locked(session: Session, suggestion_id: UUID) -> tuple[Suggestion, Delivery]:
    """Return a suggestion and its delivery, the former locked until the commit."""
    query = select(Suggestion).where(Suggestion.id == suggestion_id)
    found = session.scalars(_afresh(query)).one()
    return found, session.get_one(Delivery, found.delivery_id)


def in_post(session: Session, delivery: Delivery) -> ContactRow | None:
    """Return the contact in post whom a delivery was for, if the address is still theirs.

    A letter about an authority that is no more went to its successor's contact.
    """
    query = (
        select(ContactRow)
        .where(ContactRow.role == delivery.role, ContactRow.valid_until.is_(None))
        .order_by(ContactRow.authority_code != delivery.authority_code, ContactRow.authority_code)
    )
    rows = session.scalars(query.with_for_update())
    return next((row for row in rows if folded(row.address) == delivery.address_key), None)
