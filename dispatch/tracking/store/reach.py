"""How far each authority's letter has come: its last delivery, and what came back since.

The role that counts is the first of the plan's To roles: the chief executive, say. Of a letter that
was resent or reissued, the last delivery counts.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, distinct, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from dispatch.database.tables import Delivery, IncomingMail, Mailout, NoticeRow
from dispatch.domain.delivery import REACHED, DeliveryState
from dispatch.domain.incoming.message import PROVES_ACCEPTANCE
from dispatch.domain.notice import Action, Category
from dispatch.domain.tracking.unreached import KEPT_BACK
from dispatch.incoming.undecided import perhaps_unreached, undecided
from dispatch.letters.store import letters


@dataclass(frozen=True, slots=True)
class LastDelivery:
    """The last delivery of an authority's letter to the first To role."""

    code: str
    """The authority's."""
    delivery_id: UUID
    letter_id: UUID
    state: DeliveryState
    state_at: datetime
    due_at: datetime
    address: str
    address_key: str


def last_deliveries(session: Session, mailout: Mailout) -> dict[str, LastDelivery]:
    """Return the last delivery to each authority, by its code; none before the release."""
    query = (
        select(
            Delivery.authority_code,
            Delivery.id,
            Delivery.letter_id,
            Delivery.state,
            Delivery.state_at,
            Delivery.due_at,
            Delivery.address,
            Delivery.address_key,
        )
        .where(
            Delivery.mailout_id == mailout.id,
            Delivery.role == mailout.plan.to_roles[0],
            ~_is_replaced(),
        )
        .order_by(Delivery.created_at, Delivery.id)
    )
    return {each.code: each for each in (LastDelivery(*row) for row in session.execute(query))}


def _is_replaced() -> ColumnElement[bool]:
    """Whether another delivery follows this one."""
    following = aliased(Delivery)
    return exists().where(following.replaces_id == Delivery.id)


def reached(last: Mapping[str, LastDelivery]) -> frozenset[str]:
    """Return the codes of authorities whose letter is accepted or better."""
    return frozenset(code for code, each in last.items() if each.state in REACHED)


def unreached(session: Session, mailout: Mailout) -> frozenset[str]:
    """Return the codes of authorities that are not surely reached."""
    return not_surely_reached(
        letters.codes(session, mailout),
        last_deliveries(session, mailout),
        kept_back(session, mailout).keys(),
        {*delayed_since(session, mailout), *perhaps_unreached(undecided(session, mailout))},
    )


def not_surely_reached(
    due: frozenset[str],
    last: Mapping[str, LastDelivery],
    kept_back: AbstractSet[str],
    uncertain: Container[UUID],
) -> frozenset[str]:
    """Return which of the authorities that are due a letter are not surely reached.

    An accepted letter is not sure to arrive while it is kept back there, while the server that has
    it reports a delay, or while a notice that says so waits for a person: `uncertain` are the
    deliveries of the last two.
    """
    is_open = {code for code, each in last.items() if each.delivery_id in uncertain}
    return due - (reached(last) - kept_back - is_open)


def delayed_since(session: Session, mailout: Mailout) -> dict[UUID, datetime]:
    """Return the deliveries that a server is still trying to pass on, and when it first said so."""
    query = (
        select(NoticeRow.delivery_id, func.min(IncomingMail.received_at))
        .join(Delivery, Delivery.id == NoticeRow.delivery_id)
        .join(IncomingMail, IncomingMail.id == NoticeRow.mail_id)
        .where(
            Delivery.mailout_id == mailout.id,
            Delivery.state == DeliveryState.ACCEPTED,
            NoticeRow.action == Action.DELAYED,
            NoticeRow.is_believed,
        )
        .group_by(NoticeRow.delivery_id)
    )
    rows = session.execute(query)
    return {delivery_id: at for delivery_id, at in rows if delivery_id is not None}


def kept_back(session: Session, mailout: Mailout) -> dict[str, Category]:
    """Return the codes of authorities whose letter waits until somebody there lets it through.

    With what said so: a challenge, or a gateway that holds it. It waits until something shows that
    it was let through: a receipt, a reply by a person, or a notification of delivery.
    """
    shows = (Category.RECEIPT, Category.HUMAN, Category.DELIVERED)
    let_through = select(NoticeRow.delivery_id).where(
        NoticeRow.category.in_(shows),
        NoticeRow.delivery_id.is_not(None),
        or_(NoticeRow.is_believed, NoticeRow.trust.in_(PROVES_ACCEPTANCE)),
    )
    query = (
        select(Delivery.authority_code, NoticeRow.category)
        .join(NoticeRow, NoticeRow.delivery_id == Delivery.id)
        .where(
            Delivery.mailout_id == mailout.id,
            Delivery.role == mailout.plan.to_roles[0],
            Delivery.state == DeliveryState.ACCEPTED,
            ~_is_replaced(),
            NoticeRow.category.in_(KEPT_BACK),
            NoticeRow.is_believed,
            NoticeRow.delivery_id.not_in(let_through),
        )
    )
    found = session.execute(query).all()
    return {
        code: category
        for each in reversed(KEPT_BACK)
        for code, category in found
        if category is each
    }


def count_about_us(session: Session, mailout: Mailout) -> int:
    """Return how many deliveries came back because of our own server or domain."""
    query = (
        select(func.count(distinct(NoticeRow.delivery_id)))
        .join(Delivery, Delivery.id == NoticeRow.delivery_id)
        .where(Delivery.mailout_id == mailout.id, NoticeRow.is_about_us, NoticeRow.is_believed)
    )
    return session.scalar(query) or 0
