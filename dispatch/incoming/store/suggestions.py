"""Suggestions: the contact that an autoreply names in place of one who has left."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from dispatch.database import sql
from dispatch.database.tables import ContactRow, Delivery, Mailout, NoticeRow, Suggestion
from dispatch.domain.address import folded
from dispatch.domain.incoming.message import PROVES_ACCEPTANCE, UNDECIDED, SuggestionState
from dispatch.domain.notice import Successor

Found = tuple[Suggestion, Delivery, NoticeRow]
"""A suggestion, the delivery that was answered, and the notice that makes the suggestion."""


def make(
    session: Session, mail_id: UUID, delivery: Delivery, successor: Successor, *, now: datetime
) -> bool:
    """Suggest a new contact; False if the same was suggested for this delivery before.

    What a person has decided stands. A suggestion that was withdrawn is opened again.
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
        known.first_by = known.first_at = known.first_because = None
        return True
    return False


def withdraw(session: Session, mail_id: UUID, *, but: str = "") -> int:
    """Withdraw a message's open suggestions, except that of the folded address `but`."""
    query = select(Suggestion).where(
        Suggestion.mail_id == mail_id,
        Suggestion.state.in_(UNDECIDED),
        Suggestion.address_key != but,
    )
    withdrawn = session.scalars(_afresh(query)).all()
    for each in withdrawn:
        each.state = SuggestionState.WITHDRAWN
    return len(withdrawn)


def _afresh(query: Select[Suggestion]) -> Select[Suggestion]:
    """Lock the rows and read them anew: a decision that another transaction just made stands."""
    return query.with_for_update().execution_options(populate_existing=True)


def listed(
    session: Session, mailout: Mailout | None = None, *states: SuggestionState
) -> Sequence[Found]:
    """Return suggestions, oldest first: all, or those of a mailout or in some states."""
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


def unproven(session: Session) -> frozenset[str]:
    """Return the addresses, folded, that only an unverified message names and nobody decided on."""
    query = (
        select(Suggestion.address_key)
        .join(NoticeRow, NoticeRow.mail_id == Suggestion.mail_id)
        .where(Suggestion.state.in_(UNDECIDED), NoticeRow.trust.not_in(PROVES_ACCEPTANCE))
    )
    return frozenset(session.scalars(query))


def notice_of(session: Session, suggestion: Suggestion) -> NoticeRow:
    """Return the notice that makes a suggestion."""
    return session.get_one(NoticeRow, suggestion.mail_id)


def id_of(session: Session, beginning: str) -> UUID:
    """Return the id of the one suggestion whose id begins so; see `sql.id_starting_with`."""
    see = "`dispatch notice suggestions`"
    return sql.id_starting_with(session, Suggestion.id, beginning, what="suggestion", see=see)


def locked(session: Session, suggestion_id: UUID) -> tuple[Suggestion, Delivery]:
    """Return a suggestion, locked until the commit, and its delivery."""
    query = select(Suggestion).where(Suggestion.id == suggestion_id)
    found = session.scalars(_afresh(query)).one()
    return found, session.get_one(Delivery, found.delivery_id)


def current_contact(session: Session, delivery: Delivery) -> ContactRow | None:
    """Return the contact that a delivery was for, if their address is still the same.

    The letter about an authority that was abolished went to its successor's contact, so contacts
    of other authorities are looked at as well, after the delivery's own.
    """
    query = (
        select(ContactRow)
        .where(ContactRow.role == delivery.role, ContactRow.valid_until.is_(None))
        .order_by(ContactRow.authority_code != delivery.authority_code, ContactRow.authority_code)
    )
    rows = session.scalars(query.with_for_update())
    return next((row for row in rows if folded(row.address) == delivery.address_key), None)
