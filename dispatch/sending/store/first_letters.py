"""First letters: how they fared, what came back of them, and the letters that wait for them.

A letter that waits for the first is due at its not-after time, when it may not leave any more. So
no claim ever meets it, however many there are.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import Session

from dispatch.database.tables import (
    Attempt,
    Delivery,
    Heartbeat,
    IncomingMail,
    Mailout,
    NoticeRow,
)
from dispatch.domain.delivery import DeliveryState
from dispatch.domain.incoming.message import PROVES_ACCEPTANCE, MailState
from dispatch.domain.notice import Action
from dispatch.domain.sending.first_letters import Fared, Incoming

INBOX: Final = "inbox"
"""The kind of heartbeat by which a way in notes when all that was there had been taken in."""


def let_go(session: Session, mailout: Mailout, *, now: datetime) -> None:
    """Make up to `MOST` deliveries due that waited for the first."""
    waiting = _waiting(mailout).limit(MOST)
    due = update(Delivery).where(Delivery.id.in_(waiting)).values(due_at=now)
    session.execute(due.execution_options(synchronize_session=False))


MOST: Final = 5_000
"""Deliveries that are made due in one transaction."""


def count_waiting(session: Session, mailout: Mailout) -> int:
    """Return how many letters wait for the first."""
    return session.scalar(_waiting(mailout).with_only_columns(func.count())) or 0


def is_any_waiting(session: Session, mailout: Mailout) -> bool:
    """Whether a letter waits for the first; fast however many there are."""
    return session.scalar(_waiting(mailout).limit(1)) is not None


def _waiting(mailout: Mailout) -> Select[UUID]:
    return select(Delivery.id).where(
        Delivery.mailout_id == mailout.id,
        Delivery.state == DeliveryState.QUEUED,
        Delivery.due_at >= Delivery.not_after,
    )


def fared(session: Session, delivery_ids: Collection[UUID]) -> tuple[Fared, ...]:
    """Return how the first letters fared."""
    query = select(Delivery.id, Delivery.authority_code, Delivery.state, Delivery.about_us)
    rows = session.execute(query.where(Delivery.id.in_(delivery_ids)).order_by(Delivery.id)).all()
    tried = _last_attempts(session, delivery_ids)
    notices = _notices(session, delivery_ids)
    return tuple(
        Fared(
            code=code,
            state=state,
            tried_at=tried[id_].ended_at if id_ in tried else None,
            came_back=id_ in notices and notices[id_].action is Action.FAILED,
            about_us=_about_us(notices.get(id_), tried.get(id_), is_told=about_us > 0),
        )
        for id_, code, state, about_us in rows
    )


def _last_attempts(session: Session, delivery_ids: Collection[UUID]) -> dict[UUID, Attempt]:
    query = select(Attempt).where(Attempt.delivery_id.in_(delivery_ids)).order_by(Attempt.number)
    return {each.delivery_id: each for each in session.scalars(query)}


def _notices(session: Session, delivery_ids: Collection[UUID]) -> dict[UUID, NoticeRow]:
    """Return by delivery the notice that it came back, one about us before others.

    One that proves nothing is left out: anybody may have written it.
    """
    query = select(NoticeRow).where(
        NoticeRow.delivery_id.in_(delivery_ids),
        (NoticeRow.action == Action.FAILED) | NoticeRow.is_about_us,
        NoticeRow.is_believed | NoticeRow.trust.in_(PROVES_ACCEPTANCE),
    )
    found = session.scalars(query.order_by(NoticeRow.is_about_us, NoticeRow.mail_id))
    return {each.delivery_id: each for each in found if each.delivery_id}


def _about_us(notice: NoticeRow | None, attempt: Attempt | None, *, is_told: bool) -> str | None:
    if notice and notice.is_about_us:
        status = f" ({notice.status})" if notice.status else ""
        return f"it came back because of our own server or domain{status}"
    if is_told and attempt and attempt.verdict != DeliveryState.ACCEPTED.value:
        return "a mail server's reply was about us"
    return None


def incoming(
    session: Session, ways: Sequence[str], *, since: datetime, until: datetime
) -> Incoming:
    """Return how far what came back from `since` to `until` has been taken in and read."""
    return Incoming(
        looked_at=looked_at(session, ways),
        unread=_unread(session, until),
        unreadable=_unreadable(session, since),
    )


def looked_at(session: Session, ways: Sequence[str]) -> Mapping[str, datetime | None]:
    """Return when each way by which messages come back was last looked at; None for never."""
    query = select(Heartbeat.name, Heartbeat.seen_at).where(Heartbeat.kind == INBOX)
    seen: dict[str, datetime] = dict(session.execute(query).all())
    return {each: seen.get(each) for each in ways}


def _unread(session: Session, until: datetime) -> int:
    came = IncomingMail.received_at <= until
    unread = select(func.count()).where(IncomingMail.state == MailState.UNREAD, came)
    unconcluded = (
        select(func.count())
        .select_from(NoticeRow)
        .join(IncomingMail, IncomingMail.id == NoticeRow.mail_id)
        .where(NoticeRow.due_at.is_not(None), IncomingMail.state == MailState.READ, came)
    )
    return (session.scalar(unread) or 0) + (session.scalar(unconcluded) or 0)


def _unreadable(session: Session, since: datetime) -> int:
    query = select(func.count()).where(
        IncomingMail.state == MailState.QUARANTINED, IncomingMail.received_at >= since
    )
    return session.scalar(query) or 0
