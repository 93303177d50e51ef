"""Suggestions: the contact that an answer names in place of the one whom we wrote to."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, cast
from uuid import UUID

from sqlalchemy import ColumnElement, Select, case, literal, or_, select, tuple_, union_all
from sqlalchemy.orm import InstrumentedAttribute, Session

from dispatch.database import sql
from dispatch.database.tables import (
    ContactRow,
    Delivery,
    Mailout,
    NoticeRow,
    Suggestion,
    Suppression,
)
from dispatch.domain.address import folded
from dispatch.domain.errors import NotFound
from dispatch.domain.incoming.message import PROVES_ACCEPTANCE, UNDECIDED, SuggestionState
from dispatch.domain.notice import Category, Successor
from dispatch.domain.register.codes import SLASH
from dispatch.domain.remedy import Remedy, RemedyKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What was answered: the delivery of a letter, or a question to a contact."""

    id: UUID
    mailout_id: UUID
    authority_code: str
    role: str
    address: str
    address_key: str
    asked_id: UUID | None = None
    """The contact who was asked; None if it is a delivery."""

    @property
    def is_question(self) -> bool:
        return self.asked_id is not None

    @classmethod
    def of(cls, delivery: Delivery) -> Answered:
        """Return a delivery as what was answered."""
        return cls(
            id=delivery.id,
            mailout_id=delivery.mailout_id,
            authority_code=delivery.authority_code,
            role=delivery.role,
            address=delivery.address,
            address_key=delivery.address_key,
        )


Found = tuple[Suggestion, Answered, NoticeRow]
"""A suggestion, what was answered, and the notice that makes the suggestion."""


def detail(session: Session, answered: Answered) -> dict[str, str]:
    """Return what the ledger says of a question that was answered."""
    return {
        "mailout": session.get_one(Mailout, answered.mailout_id).name,
        "role": answered.role,
        "of": str(answered.asked_id),
    }


def make(
    session: Session, mail_id: UUID, answered: Answered, successor: Successor, *, now: datetime
) -> bool:
    """Suggest a new contact; False if the same was suggested in answer to this before.

    What a person has decided stands. A suggestion that was withdrawn is opened again.
    """
    key = folded(successor.address)
    about = Suggestion.question_id if answered.is_question else Suggestion.delivery_id
    query = select(Suggestion).where(about == answered.id, Suggestion.address_key == key)
    known = session.scalars(_afresh(query)).one_or_none()
    if known is None:
        known = Suggestion(
            mail_id=mail_id,
            delivery_id=None if answered.is_question else answered.id,
            question_id=answered.id if answered.is_question else None,
            asked_id=answered.asked_id,
            mailout_id=answered.mailout_id if answered.is_question else None,
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
    query = _found().order_by(Suggestion.made_at, Suggestion.id)
    if mailout is not None:
        is_of = Delivery.mailout_id == mailout.id, Suggestion.mailout_id == mailout.id
        query = query.where(or_(*is_of))
    if states:
        query = query.where(Suggestion.state.in_(states))
    return _with_answered(session, query)


def page(
    session: Session, *, after: UUID | None, limit: int, states: Collection[SuggestionState]
) -> list[Found]:
    """Return some suggestions in these states, those that follow the one of the id `after`.

    What people wrote comes before what machines answered, each oldest first.
    """
    query = _found().where(Suggestion.state.in_(states)).order_by(*_ORDER).limit(limit)
    if after is not None:
        last = session.execute(
            select(*_ORDER)
            .join(NoticeRow, NoticeRow.mail_id == Suggestion.mail_id)
            .where(Suggestion.id == after)
        ).one_or_none()
        query = query.where(tuple_(*_ORDER) > tuple_(*last)) if last else query
    return _with_answered(session, query)


_ORDER: Final[tuple[ColumnElement[Any] | InstrumentedAttribute[Any], ...]] = (
    case((NoticeRow.category == Category.HUMAN, 0), else_=1),
    Suggestion.made_at,
    Suggestion.id,
)


def found(session: Session, suggestion_id: UUID) -> Found:
    """Return one suggestion, with what was answered and the notice. Raises `NotFound`."""
    query = _found().where(Suggestion.id == suggestion_id)
    if rows := _with_answered(session, query):
        return rows[0]
    raise NotFound("there is no such suggestion", remedy=Remedy(kind=RemedyKind.SUGGESTIONS))


def _found() -> Select[*tuple[Any, ...]]:
    return (
        select(Suggestion, Delivery, ContactRow, NoticeRow)
        .outerjoin(Delivery, Delivery.id == Suggestion.delivery_id)
        .outerjoin(ContactRow, ContactRow.id == Suggestion.asked_id)
        .join(NoticeRow, NoticeRow.mail_id == Suggestion.mail_id)
    )


def _with_answered(session: Session, query: Select[*tuple[Any, ...]]) -> list[Found]:
    return [
        (each, _answered(each, delivery, contact), notice)
        for each, delivery, contact, notice in session.execute(query)
    ]


def _answered(
    suggestion: Suggestion, delivery: Delivery | None, contact: ContactRow | None
) -> Answered:
    if delivery is not None:
        return Answered.of(delivery)
    assert contact  # noqa: S101 - for the type checker: a suggestion answers one or the other
    return Answered(
        id=cast("UUID", suggestion.question_id),
        mailout_id=cast("UUID", suggestion.mailout_id),
        asked_id=contact.id,
        authority_code=contact.authority_code,
        role=contact.role,
        address=contact.address,
        address_key=folded(contact.address),
    )


@dataclass(frozen=True, slots=True)
class Unwanted:
    """Addresses, folded, that no letter is sent to."""

    suppressed: frozenset[str]
    unproven: frozenset[str]
    """Only an unverified message names them, and nobody has decided on them."""


def unwanted(session: Session) -> Unwanted:
    """Return the addresses that no letter is sent to, by one statement."""
    suppressed = select(Suppression.address, literal("suppressed")).where(
        Suppression.lifted_at.is_(None)
    )
    unproven = (
        select(Suggestion.address_key, literal("unproven"))
        .join(NoticeRow, NoticeRow.mail_id == Suggestion.mail_id)
        .where(Suggestion.state.in_(UNDECIDED), NoticeRow.trust.not_in(PROVES_ACCEPTANCE))
    )
    found: dict[str, set[str]] = {"suppressed": set(), "unproven": set()}
    for address, kind in session.execute(union_all(suppressed, unproven)):
        found[kind].add(address)
    return Unwanted(**{kind: frozenset(addresses) for kind, addresses in found.items()})


def notice_of(session: Session, suggestion: Suggestion) -> NoticeRow:
    """Return the notice that makes a suggestion."""
    return session.get_one(NoticeRow, suggestion.mail_id)


def id_of(session: Session, beginning: str) -> UUID:
    """Return the id of the one suggestion whose id begins so; see `sql.id_starting_with`."""
    see = "`dispatch notice suggestions`"
    return sql.id_starting_with(session, Suggestion.id, beginning, what="suggestion", see=see)


def locked(session: Session, suggestion_id: UUID) -> tuple[Suggestion, Answered]:
    """Return a suggestion, locked until the commit, and what was answered."""
    query = select(Suggestion).where(Suggestion.id == suggestion_id)
    found = session.scalars(_afresh(query)).one()
    delivery = session.get(Delivery, found.delivery_id) if found.delivery_id else None
    contact = session.get(ContactRow, found.asked_id) if found.asked_id else None
    return found, _answered(found, delivery, contact)


def current_contact(
    session: Session, answered: Answered, *, is_locked: bool = True
) -> ContactRow | None:
    """Return the contact that a message was for, if their address is still the same.

    The letter about an authority that was abolished went to its successor's contact, so contacts
    of other authorities are looked at as well, after the delivery's own.
    """
    query = select(ContactRow).where(
        ContactRow.role == answered.role, ContactRow.valid_until.is_(None)
    )
    is_own = ContactRow.authority_code.in_(answered.authority_code.split(SLASH))
    query = query.order_by(ContactRow.authority_code)
    for its in (query.where(is_own), query.where(~is_own)):
        rows = session.scalars(its.with_for_update() if is_locked else its)
        for row in rows:
            if folded(row.address) == answered.address_key:
                return row
    return None
