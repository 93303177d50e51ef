"""Notices: those that wait for conclusions, what these rest on, and listings for people."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import exists, func, or_, select, tuple_
from sqlalchemy.orm import Session, aliased

from dispatch.database import sql
from dispatch.database.sql import is_of
from dispatch.database.tables import Attempt, Delivery, IncomingMail, Mailout, NoticeRow
from dispatch.domain.delivery import MAYBE_ACCEPTED, DeliveryState
from dispatch.domain.errors import NotFound
from dispatch.domain.incoming.message import MailState
from dispatch.domain.notice import Action, Category, Clue
from dispatch.domain.remedy import Remedy, RemedyKind
from dispatch.domain.reply import Verdict

Found = tuple[NoticeRow, IncomingMail, Delivery | None]
"""A notice, the message it was read from, and the delivery it is about, if that is known."""


def next_due(session: Session, *, now: datetime, only: UUID | None = None) -> NoticeRow | None:
    """Return one notice that waits for conclusions, locked, or None if there is none.

    Two workers never get the same notice: each skips what another has locked.
    """
    query = select(NoticeRow).where(NoticeRow.due_at <= now)
    if only is not None:
        query = query.where(NoticeRow.mail_id == only)
    query = query.order_by(NoticeRow.due_at, NoticeRow.mail_id).limit(1)
    return session.scalars(query.with_for_update(skip_locked=True)).one_or_none()


def due_ids(session: Session, *, now: datetime, limit: int) -> Sequence[UUID]:
    """Return the messages whose notices wait for conclusions, longest wait first."""
    query = select(NoticeRow.mail_id).where(NoticeRow.due_at <= now)
    return session.scalars(query.order_by(NoticeRow.due_at, NoticeRow.mail_id).limit(limit)).all()


def is_due(session: Session, *, now: datetime) -> bool:
    """Whether any notice waits for conclusions."""
    query = select(NoticeRow.mail_id).where(NoticeRow.due_at <= now).limit(1)
    return session.scalar(query) is not None


def notice_of(session: Session, mail_id: UUID) -> NoticeRow:
    """Return the notice that was read in a message, locked, or raise `NotFound`."""
    if row := session.get(NoticeRow, mail_id, with_for_update=True):
        return row
    remedy = Remedy(kind=RemedyKind.QUARANTINE)
    raise NotFound("that message has not been read", remedy=remedy)


def has_action(session: Session, delivery_id: UUID, action: Action) -> bool:
    """Whether a believed notice has reported this action for a delivery."""
    query = select(NoticeRow.mail_id).where(
        NoticeRow.delivery_id == delivery_id, NoticeRow.action == action, NoticeRow.is_believed
    )
    return session.scalar(query.limit(1)) is not None


def delivery_locked(session: Session, delivery_id: UUID) -> Delivery | None:
    """Return a delivery, read afresh and locked until the commit; None if it does not exist."""
    query = select(Delivery).where(Delivery.id == delivery_id).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def likely_delivery(
    session: Session, addresses: Collection[str], *, at: datetime, window: timedelta
) -> UUID | None:
    """Return the only delivery that a server took for one of these addresses within `window`.

    None if there is none, or more than one.
    """
    query = (
        select(Delivery.id)
        .where(
            Delivery.address_key.in_(addresses),
            Delivery.state.in_(MAYBE_ACCEPTED),
            Delivery.created_at <= at,
            Delivery.state_at >= at - window,
        )
        .limit(2)
    )
    found = session.scalars(query).all() if addresses else []
    return found[0] if len(found) == 1 else None


def are_recipients(session: Session, addresses: Collection[str]) -> bool:
    """Whether any delivery went to one of these addresses, folded."""
    query = select(Delivery.id).where(Delivery.address_key.in_(addresses)).limit(1)
    return bool(addresses) and session.scalar(query) is not None


def told_in_reply(session: Session, ids: Collection[str], *, since: datetime) -> UUID | None:
    """Return the only delivery of which a server said, as it took it, that its id is one of these.

    An attempt keeps that reply word for word. `since` bounds how many replies are searched.
    """
    if not ids:
        return None
    query = select(Attempt.delivery_id, Attempt.text).where(
        Attempt.verdict == Verdict.ACCEPTED.value,
        Attempt.ended_at >= since,
        or_(*(Attempt.text.contains(each, autoescape=True) for each in ids)),
    )
    # SQLite compares without letter case, which tells such ids apart.
    found = {
        delivery_id
        for delivery_id, text in session.execute(query)
        if any(each in (text or "") for each in ids)
    }
    return found.pop() if len(found) == 1 else None


def mail_id_of(session: Session, beginning: str) -> UUID:
    """Return the id of the one message whose id begins so; see `sql.id_starting_with`."""
    see = "`dispatch notice list` and `dispatch notice quarantine`"
    return sql.id_starting_with(
        session, IncomingMail.id, beginning, what="received message", see=see
    )


def listed(
    session: Session,
    mailout: Mailout | None = None,
    *,
    delivery_id: UUID | None = None,
    mail_id: UUID | None = None,
    category: Category | None = None,
    state: DeliveryState | None = None,
) -> Sequence[Found]:
    """Return notices with their messages and deliveries, in order of arrival: all, or some."""
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
    if state is not None:
        query = query.where(Delivery.state == state)
    return [(row, mail, delivery) for row, mail, delivery in session.execute(query)]


def page(
    session: Session,
    *,
    after: UUID | None,
    limit: int,
    mailout: Mailout | None = None,
    category: Category | None = None,
) -> list[Found]:
    """Return some notices, the newest first: those that came before the message `after`."""
    query = (
        select(NoticeRow, IncomingMail, Delivery)
        .join(IncomingMail, IncomingMail.id == NoticeRow.mail_id)
        .outerjoin(Delivery, Delivery.id == NoticeRow.delivery_id)
    )
    if mailout is not None:
        query = query.where(Delivery.mailout_id == mailout.id)
    if category is not None:
        query = query.where(NoticeRow.category == category)
    if last := _place(session, after):
        query = query.where(tuple_(*last) > _AS_THEY_CAME)
    found = session.execute(query.order_by(*_NEWEST).limit(limit))
    return [(row, mail, delivery) for row, mail, delivery in found]


def with_ids(session: Session, mail_ids: Collection[UUID]) -> list[Found]:
    """Return the notices of some messages, a page of them at most, as they came."""
    query = (
        select(NoticeRow, IncomingMail, Delivery)
        .join(IncomingMail, IncomingMail.id == NoticeRow.mail_id)
        .outerjoin(Delivery, Delivery.id == NoticeRow.delivery_id)
        .where(NoticeRow.mail_id.in_(mail_ids))
        .order_by(IncomingMail.received_at, IncomingMail.id)
    )
    return [(row, mail, delivery) for row, mail, delivery in session.execute(query)]


def _place(session: Session, mail_id: UUID | None) -> tuple[datetime, UUID] | None:
    """Return where a message stands in the order of arrival; None if there is none."""
    mail = session.get(IncomingMail, mail_id) if mail_id else None
    return (mail.received_at, mail.id) if mail else None


_AS_THEY_CAME: Final = tuple_(IncomingMail.received_at, IncomingMail.id)
_NEWEST: Final = (IncomingMail.received_at.desc(), IncomingMail.id.desc())


def counts(session: Session) -> dict[Category, int]:
    """Return how many notices of each category there are."""
    query = select(NoticeRow.category, func.count()).group_by(NoticeRow.category)
    return dict(session.execute(query).all())


def unbelieved(
    session: Session,
    mailouts: Sequence[UUID],
    *,
    after: UUID | None = None,
    limit: int | None = None,
) -> Sequence[tuple[NoticeRow, IncomingMail, Delivery]]:
    """Return the notices that are not believed about some mailouts' last deliveries, as they came.

    About every mailout's if none is given. `after` is a message: those that came after it.
    """
    following = aliased(Delivery)
    query = (
        select(NoticeRow, IncomingMail, Delivery)
        .join(IncomingMail, IncomingMail.id == NoticeRow.mail_id)
        .join(Delivery, Delivery.id == NoticeRow.delivery_id)
        .where(~NoticeRow.is_believed, ~exists().where(following.replaces_id == Delivery.id))
        .order_by(IncomingMail.received_at, IncomingMail.id)
    )
    if mailouts:
        query = query.where(is_of(sql.unindexed(Delivery.mailout_id), mailouts))
    if last := _place(session, after):
        query = query.where(tuple_(*last) < _AS_THEY_CAME)
    found = session.execute(query.limit(limit))
    return [(row, mail, delivery) for row, mail, delivery in found]


NO_LETTER: Final = (Clue.TEST, Clue.QUESTION)
"""What shows that a notice is about a message of ours that is not a letter."""


def count_untied(session: Session, *, since: datetime) -> int:
    """Return how many bounces have come since that moment and name no delivery that is known."""
    query = (
        select(func.count())
        .select_from(NoticeRow)
        .join(IncomingMail, IncomingMail.id == NoticeRow.mail_id)
        .where(
            NoticeRow.category == Category.BOUNCE,
            NoticeRow.delivery_id.is_(None),
            or_(NoticeRow.clue.is_(None), NoticeRow.clue.not_in(NO_LETTER)),
            IncomingMail.received_at >= since,
        )
    )
    return session.scalar(query) or 0


def quarantine_page(session: Session, *, after: UUID | None, limit: int) -> Sequence[IncomingMail]:
    """Return some messages in quarantine, the newest first: those that came before `after`."""
    query = select(IncomingMail).where(IncomingMail.state == MailState.QUARANTINED)
    if last := _place(session, after):
        query = query.where(tuple_(*last) > _AS_THEY_CAME)
    return session.scalars(query.order_by(*_NEWEST).limit(limit)).all()


def quarantined(session: Session) -> Sequence[IncomingMail]:
    """Return the messages in quarantine, in order of arrival."""
    query = select(IncomingMail).where(IncomingMail.state == MailState.QUARANTINED)
    return session.scalars(query.order_by(IncomingMail.received_at, IncomingMail.id)).all()
