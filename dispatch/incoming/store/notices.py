"""What came back, for people to look at: notices with their mails and deliveries."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.database import sql
from dispatch.database.tables import Delivery, IncomingMail, Mailout, NoticeRow
from dispatch.domain.incoming import MailState
from dispatch.domain.notice import Category


def mail_id_of(session: Session, beginning: str) -> UUID:
    """Return the id of the one message whose id starts like that; see `sql.id_starting_with`."""
    see = "`dispatch notice list` and `dispatch notice quarantine`"
    return sql.id_starting_with(
        session, IncomingMail.id, beginning, what="mail that came in", see=see
    )


Found = tuple[NoticeRow, IncomingMail, Delivery | None]


def listed(
    session: Session,
    mailout: Mailout | None = None,
    *,
    delivery_id: UUID | None = None,
    mail_id: UUID | None = None,
    category: Category | None = None,
) -> Sequence[Found]:
    """Return notices with their mails and deliveries, as they came: all, or some."""
    query = (
        select(NoticeRow, IncomingMail, Delivery)
        .join(IncomingMail, IncomingMail.id == NoticeRow.mail_id)
        .outerjoin(Delivery, Delivery.id == NoticeRow.delivery_id)
        .order_by(IncomingMail.received_at, IncomingMail.id)
    )
    if mailout is not None:
        query = query.where(Delivery.mailout_id == mailout.id)
    if delivery_id is not None:
        query = query.where(NoticeRow.delivery_id == delivery_id)
    if mail_id is not None:
        query = query.where(NoticeRow.mail_id == mail_id)
    if category is not None:
        query = query.where(NoticeRow.category == category)
    return [(row, mail, delivery) for row, mail, delivery in session.execute(query)]


def quarantined(session: Session) -> Sequence[IncomingMail]:
    """Return the mails that are set aside, as they came."""
    query = select(IncomingMail).where(IncomingMail.state == MailState.QUARANTINED)
    return session.scalars(query.order_by(IncomingMail.received_at, IncomingMail.id)).all()
