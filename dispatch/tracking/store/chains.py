"""Chains of deliveries: one letter to one role, each delivery replacing the one before.

The next is the same letter sent again, or a later version of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import JSON, String, Uuid, func, select, type_coerce
from sqlalchemy.orm import Session

from dispatch.database.metadata import table_of
from dispatch.database.sql import as_list, listed
from dispatch.database.tables import Attempt, Delivery, Letter, Mailout
from dispatch.domain.delivery import DeliveryState


@dataclass(frozen=True, slots=True)
class Chain:
    """An authority's letter to one role: its first delivery, and those that replaced it."""

    deliveries: tuple[Delivery, ...]
    addressed_to: str
    """The code of the authority that the letter goes to: its own, or its successor's."""

    @property
    def first(self) -> Delivery:
        return self.deliveries[0]

    @property
    def last(self) -> Delivery:
        """The one that counts."""
        return self.deliveries[-1]

    @property
    def of_its_letter(self) -> tuple[Delivery, ...]:
        """The deliveries of the newest version of the letter."""
        return tuple(each for each in self.deliveries if each.letter_id == self.last.letter_id)


def chains(session: Session, mailout: Mailout, codes: Collection[str] | None = None) -> list[Chain]:
    """Return the chains of a mailout, by authority, those to To recipients first.

    All of them, or those of the letters with some codes: each chain is of one letter's code.
    """
    # "to" sorts after "cc", but To comes first: hence the descending order.
    order = (Delivery.authority_code, Delivery.kind.desc(), Delivery.role, Delivery.created_at)
    query, given = select(Delivery).where(Delivery.mailout_id == mailout.id), {}
    if codes is not None:
        these = listed(session.get_bind().dialect.name, "codes", String())
        query = query.where(Delivery.authority_code.in_(these))
        given["codes"] = as_list((each,) for each in codes)
    rows = session.scalars(query.order_by(*order), given).all()
    by_replaced = {row.replaces_id: row for row in rows if row.replaces_id}
    goes_to = addressed_to(session, {row.letter_id for row in rows})
    found = []
    for first in (row for row in rows if row.replaces_id is None):
        deliveries = [first]
        while following := by_replaced.get(deliveries[-1].id):
            deliveries.append(following)
        found.append(Chain(tuple(deliveries), goes_to[first.letter_id]))
    return found


def codes_in(
    session: Session, mailout: Mailout, states: Collection[DeliveryState]
) -> frozenset[str]:
    """Return the codes of the letters of which any delivery is in one of these states."""
    query = select(Delivery.authority_code).where(
        Delivery.mailout_id == mailout.id, Delivery.state.in_(states)
    )
    return frozenset(session.scalars(query))


def addressed_to(session: Session, letter_ids: Iterable[UUID]) -> dict[UUID, str]:
    """Return the code of the authority that each of some letters goes to, by the letter's id.

    It is read out of the stored JSON: loading every letter of a mailout would be slow.
    """
    table = table_of(Letter).c
    path = type_coerce(table.draft, JSON)[("content", "addressed_to", "code")]
    these = listed(session.get_bind().dialect.name, "letters", Uuid())
    query = select(table.id, path.as_string()).where(table.id.in_(these))
    rows = session.execute(query, {"letters": as_list((each,) for each in letter_ids)})
    return dict(rows.all())


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
