"""Chains of deliveries: one letter to one role, each delivery replacing the one before.

The next is the same letter sent again, or a later version of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    JSON,
    ColumnElement,
    Select,
    String,
    Uuid,
    and_,
    cast,
    func,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from dispatch.database.metadata import table_of
from dispatch.database.sql import as_list, listed, pdf_said, starts_with
from dispatch.database.tables import Attempt, Delivery, Letter, Mailout
from dispatch.domain.delivery import DeliveryState
from dispatch.domain.letter import RecipientKind
from dispatch.domain.register.codes import SLASH
from dispatch.domain.sending.envelope import REHEARSED

Codes = Select[str]
"""Which codes of letters are meant, as a part of a statement."""


ADDRESSED_TO = type_coerce(table_of(Letter).c.draft, JSON)[("content", "addressed_to", "code")]
"""The code of the authority that a letter goes to."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What is kept in memory of a delivery: there may be 100,000 of those that are looked at."""

    id: UUID
    letter_id: UUID
    authority_code: str
    kind: RecipientKind
    role: str
    address: str
    address_key: str
    name: str
    state: DeliveryState
    state_at: datetime
    created_at: datetime
    attempts: int
    replaces_id: UUID | None
    is_rehearsal: bool | None


@dataclass(frozen=True, slots=True)
class Chain:
    """An authority's letter to one role: its first delivery, and those that replaced it."""

    deliveries: tuple[Sent, ...]
    addressed_to: str
    """The code of the authority that the letter goes to: its own, or its successor's."""
    pdf: str | None
    """The SHA-256 of the PDF that the last delivery has."""

    @property
    def first(self) -> Sent:
        return self.deliveries[0]

    @property
    def last(self) -> Sent:
        """The one that counts."""
        return self.deliveries[-1]

    @property
    def of_its_letter(self) -> tuple[Sent, ...]:
        """The deliveries of the newest version of the letter."""
        return tuple(each for each in self.deliveries if each.letter_id == self.last.letter_id)


def chains(
    session: Session, mailout: Mailout, which: Collection[str] | Codes | None = None
) -> list[Chain]:
    """Return the chains of a mailout, by authority, those to To recipients first.

    All of them, or those of the letters with some codes: each chain is of one letter's code. By one
    statement, with what `codes_in` and `codes_named` select as a part of it.
    """
    # "to" sorts after "cc", but To comes first: hence the descending order.
    order = (Delivery.authority_code, Delivery.kind.desc(), Delivery.role, Delivery.created_at)
    dialect, given = session.get_bind().dialect.name, {}
    query = select(ADDRESSED_TO.as_string(), pdf_said(dialect), *_columns())
    query = query.join(Letter, Letter.id == Delivery.letter_id)
    query = query.where(Delivery.mailout_id == mailout.id)
    if isinstance(which, Select):
        query = query.where(Delivery.authority_code.in_(which))
    elif which is not None:
        these = listed(dialect, "codes", String())
        query = query.where(Delivery.authority_code.in_(these))
        given["codes"] = as_list((each,) for each in which)
    rows = [
        (Sent(*columns), goes_to, pdf)
        for goes_to, pdf, *columns in session.execute(query.order_by(*order), given)
    ]
    by_replaced = {row.replaces_id: row for row, *_ in rows if row.replaces_id}
    pdfs = {row.id: pdf for row, _, pdf in rows}
    found = []
    for first, goes_to, _ in rows:
        if first.replaces_id is not None:
            continue
        deliveries = [first]
        while following := by_replaced.get(deliveries[-1].id):
            deliveries.append(following)
        found.append(Chain(tuple(deliveries), goes_to, pdfs[deliveries[-1].id]))
    return found


def _columns() -> Iterator[ColumnElement[Any] | InstrumentedAttribute[Any]]:
    """Yield the columns of a delivery that are kept, in the order of the fields."""
    own = {"is_rehearsal": Delivery.sent_as.contains(REHEARSED)}
    return (own.get(each.name, getattr(Delivery, each.name)) for each in fields(Sent))


def addresses(some: Iterable[Chain]) -> list[str]:
    """Return the addresses of all deliveries of some chains."""
    return [each.address for chain in some for each in chain.deliveries]


def are_in(session: Session, letter_ids: Iterable[UUID], states: str, count: int) -> bool:
    """Whether some letters have this many deliveries, each in the state that it is listed with.

    The list of ids and states is one that `sql.as_list` made.
    """
    dialect = session.get_bind().dialect.name
    letters = listed(dialect, "letters", Uuid())
    every = select(func.count()).where(Delivery.letter_id.in_(letters))
    known = listed(dialect, "states", Uuid(), String()).subquery()
    is_same = Delivery.id == known.c[0], cast(Delivery.state, String) == known.c[1]
    same = select(func.count()).select_from(known).join(Delivery, and_(*is_same))
    given = {"letters": as_list((each,) for each in letter_ids), "states": states}
    counts = session.execute(select(every.scalar_subquery(), same.scalar_subquery()), given).one()
    return tuple(counts) == (count, count)


def codes_in(
    mailout: Mailout,
    states: Collection[DeliveryState],
    *,
    after: str = "",
    limit: int | None = None,
) -> Codes:
    """Select the codes of the letters of which any delivery is in one of these states.

    All of them, or some that follow one, in order.
    """
    table = aliased(Delivery)
    found = select(table.authority_code).where(
        table.mailout_id == mailout.id, table.state.in_(states)
    )
    if limit is None:
        return found
    code = table.authority_code
    return found.where(code > after).distinct().order_by(code).limit(limit)


def codes(session: Session, mailout: Mailout, which: Codes | None) -> list[str]:
    """Return which codes are meant, in order: those of all letters, unless it is said which."""
    if which is None:
        which = select(Delivery.authority_code).where(Delivery.mailout_id == mailout.id)
    return sorted({*session.scalars(which)})


def codes_named(session: Session, mailout: Mailout, named: Collection[str]) -> Codes:
    """Select the codes of the letters that registered codes name: SRY names SRY/ESU too."""
    table, dialect = aliased(Delivery), session.get_bind().dialect.name
    of_several = (starts_with(dialect, table.authority_code, f"{each}{SLASH}") for each in named)
    is_one = or_(table.authority_code.in_(named), *of_several)
    return select(table.authority_code).where(table.mailout_id == mailout.id, is_one)


def last_left_at(session: Session, delivery_id: UUID) -> datetime | None:
    """Return when the last attempt at a delivery offered the message, or began if it never did.

    None if there was no attempt. None follows the attempt that a server accepted.
    """
    left_at = func.coalesce(Attempt.offered_at, Attempt.started_at)
    query = select(func.max(left_at)).where(Attempt.delivery_id == delivery_id)
    return session.scalar(query)


def following(session: Session, delivery_id: UUID) -> UUID | None:
    """Return the id of the delivery that replaced this one, if any did."""
    return session.scalar(select(Delivery.id).where(Delivery.replaces_id == delivery_id))
