"""How far each authority's letter has come: its last delivery, and what came back since.

The role that counts is the first of the plan's To roles: the chief executive, say. Of a letter that
was resent or reissued, the last delivery counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, String, Uuid, distinct, func, or_, select
from sqlalchemy.orm import Session, aliased

from dispatch.database.sql import as_list, listed
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


@dataclass(frozen=True, slots=True)
class Standing:
    """How many authorities have their letter, and which have not, as far as servers have said."""

    with_delivery: int
    """How many have a delivery to the first To role."""
    without_delivery: frozenset[str]
    """The codes of those that are due a letter and have none."""
    behind: Mapping[str, DeliveryState]
    """The state of each last delivery that is not accepted or better, by the authority's code."""


def standing(session: Session, mailout: Mailout) -> Standing:
    """Count who has the letter. Those who have are only counted, however many they are."""
    role = mailout.plan.to_roles[0]
    is_to_role = Delivery.mailout_id == mailout.id, Delivery.role == role
    codes = select(Delivery.authority_code).where(*is_to_role).distinct().subquery()
    behind = (
        select(Delivery.authority_code, Delivery.state)
        .where(*is_to_role, Delivery.state.in_(set(DeliveryState) - REACHED), _is_last())
        .order_by(Delivery.created_at, Delivery.id)
    )
    return Standing(
        with_delivery=session.scalar(select(func.count()).select_from(codes)) or 0,
        without_delivery=letters.without_delivery(session, mailout, role),
        behind=dict(session.execute(behind).all()),
    )


def last_deliveries(
    session: Session,
    mailout: Mailout,
    *,
    codes: Iterable[str] | None = None,
    ids: Iterable[UUID] | None = None,
) -> dict[str, LastDelivery]:
    """Return the last delivery to each authority, by its code; none before the release.

    Of all authorities, of those with these codes, or those of these deliveries that are the last.
    """
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
            _is_last(),
        )
        .order_by(Delivery.created_at, Delivery.id)
    )
    dialect, given = session.get_bind().dialect.name, {}
    if codes is not None:
        query = query.where(Delivery.authority_code.in_(listed(dialect, "codes", String())))
        given["codes"] = as_list((code,) for code in codes)
    if ids is not None:
        query = query.where(Delivery.id.in_(listed(dialect, "ids", Uuid())))
        given["ids"] = as_list((id_,) for id_ in ids)
    rows = session.execute(query, given)
    return {each.code: each for each in (LastDelivery(*row) for row in rows)}


def _is_last() -> ColumnElement[bool]:
    """Whether no other delivery follows this one. Those that follow one are few."""
    following = aliased(Delivery)
    replaced = select(following.replaces_id).where(following.replaces_id.is_not(None))
    return Delivery.id.not_in(replaced)


def unreached(session: Session, mailout: Mailout) -> frozenset[str]:
    """Return the codes of authorities that are not surely reached.

    An accepted letter is not sure to arrive while it is kept back there, while the server that has
    it reports a delay, or while a notice that says so waits for a person.
    """
    found = standing(session, mailout)
    uncertain = {*delayed_since(session, mailout), *perhaps_unreached(undecided(session, mailout))}
    unsure = last_deliveries(session, mailout, ids=uncertain) if uncertain else {}
    codes = found.behind.keys() | unsure.keys() | kept_back(session, mailout).keys()
    return found.without_delivery | due(session, mailout, found, codes)


def due(
    session: Session, mailout: Mailout, found: Standing, codes: AbstractSet[str]
) -> frozenset[str]:
    """Return which of these authorities, that have a delivery, have a letter in force too."""
    number = letters.count(session, mailout)
    if number == found.with_delivery + len(found.without_delivery):
        return frozenset(codes)  # all that have a delivery are
    return letters.codes(session, mailout) & codes


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
            _is_last(),
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
