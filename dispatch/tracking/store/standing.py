"""What came back of a mailout and changes no state: delays, challenges, words about us."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import distinct, exists, func, select
from sqlalchemy.orm import Session, aliased

from dispatch.database.tables import Delivery, IncomingMail, Mailout, NoticeRow
from dispatch.domain.delivery import DeliveryState
from dispatch.domain.incoming import Trust
from dispatch.domain.notice import Action, Category


def delayed_since(session: Session, mailout: Mailout) -> dict[UUID, datetime]:
    """Return the deliveries that a server still tries, with when it first said so."""
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


def challenged_authorities(session: Session, mailout: Mailout) -> frozenset[str]:
    """Return the codes whose first To recipient's letter waits behind a challenge.

    It does until something shows that it was let through: a receipt, a reply, a notification. Of
    one that was sent again the last delivery counts.
    """
    shows = (Category.RECEIPT, Category.HUMAN, Category.DELIVERED)
    let_through = select(NoticeRow.delivery_id).where(
        NoticeRow.category.in_(shows),
        NoticeRow.delivery_id.is_not(None),
        NoticeRow.trust != Trust.WRONG_TOKEN,
    )
    challenged = select(NoticeRow.delivery_id).where(
        NoticeRow.category == Category.CHALLENGE,
        NoticeRow.is_believed,
        NoticeRow.delivery_id.not_in(let_through),
    )
    following = aliased(Delivery)
    query = select(Delivery.authority_code).where(
        Delivery.mailout_id == mailout.id,
        Delivery.role == mailout.plan.to_roles[0],
        Delivery.state == DeliveryState.ACCEPTED,
        Delivery.id.in_(challenged),
        ~exists().where(following.replaces_id == Delivery.id),
    )
    return frozenset(session.scalars(query))


def count_about_us(session: Session, mailout: Mailout) -> int:
    """Return how many letters of a mailout came back for what our own server or domain is."""
    query = (
        select(func.count(distinct(NoticeRow.delivery_id)))
        .join(Delivery, Delivery.id == NoticeRow.delivery_id)
        .where(Delivery.mailout_id == mailout.id, NoticeRow.is_about_us, NoticeRow.is_believed)
    )
    return session.scalar(query) or 0
