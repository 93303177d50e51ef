"""Incoming messages as they arrived: each stored once, with every way it arrived."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session, undefer

from dispatch.database.sql import insert_into
from dispatch.database.tables import Arrival, IncomingMail, NoticeRow
from dispatch.domain.digest import sha256
from dispatch.domain.errors import NotFound
from dispatch.domain.incoming import message
from dispatch.domain.incoming.message import MailState
from dispatch.domain.proof.ledger import WORKER
from dispatch.domain.remedy import Remedy, RemedyKind
from dispatch.ledger import events, journal


@dataclass(frozen=True, slots=True)
class Stored:
    """A message that is stored, and whether this was the first time it arrived."""

    mail_id: UUID
    is_new: bool


def store(session: Session, content: bytes, arrival: message.Arrival, *, now: datetime) -> Stored:
    """Store a message and how it arrived, unless both are known.

    The caller commits before it lets the message go at its source. A message that was read before
    and now arrives with an envelope recipient is concluded from again, since that recipient may
    be the signed return path. One whose content was purged since stays purged, and so do the
    conclusions drawn from it.
    """
    digest = sha256(content)
    row = {
        "id": uuid4(),
        "sha256": digest,
        "content": content,
        "received_at": now,
        "state": MailState.UNREAD,
        "due_at": now,
        "tries": 0,
    }
    new = session.scalar(
        insert_into(session, IncomingMail)
        .values(row)
        .on_conflict_do_nothing(index_elements=["sha256"])
        .returning(IncomingMail.id)
    )
    mail_id = (
        new or session.scalars(select(IncomingMail.id).where(IncomingMail.sha256 == digest)).one()
    )
    if _add_arrival(session, mail_id, arrival, now):
        detail = {"source": arrival.source, "sha256": digest}
        event = events.MAIL_RECEIVED.event(now, WORKER, digest, **detail)
        journal.append(session, event)
        if not new and arrival.recipient:
            _conclude_again(session, [mail_id], now)
    return Stored(mail_id, is_new=new is not None)


def _add_arrival(session: Session, mail_id: UUID, arrival: message.Arrival, now: datetime) -> bool:
    """Record one way a message arrived; False if it is recorded already."""
    row = {
        "id": uuid4(),
        "mail_id": mail_id,
        "source": arrival.source,
        "folder": arrival.folder,
        "uidvalidity": arrival.uidvalidity,
        "uid": arrival.uid,
        "recipient": arrival.recipient,
        "at": now,
    }
    added = insert_into(session, Arrival).values(row).on_conflict_do_nothing().returning(Arrival.id)
    return session.scalar(added) is not None


def known_uids(session: Session, folder: str, uidvalidity: int) -> frozenset[int]:
    """Return the UIDs of the messages of an IMAP folder that are stored."""
    query = select(Arrival.uid).where(
        Arrival.folder == folder, Arrival.uidvalidity == uidvalidity, Arrival.uid.is_not(None)
    )
    return frozenset(uid for uid in session.scalars(query) if uid is not None)


def content_of(session: Session, mail_id: UUID) -> bytes:
    """Return a message's bytes as they arrived; empty once they are purged."""
    return session.scalars(select(IncomingMail.content).where(IncomingMail.id == mail_id)).one()


def recipients(session: Session, mail_id: UUID) -> list[str]:
    """Return the envelope recipients that a message arrived for, in order of arrival."""
    query = select(Arrival.recipient).where(Arrival.mail_id == mail_id, Arrival.recipient != "")
    return list(session.scalars(query.order_by(Arrival.at, Arrival.id)))


def _conclude_again(session: Session, mail_ids: Sequence[UUID], now: datetime) -> None:
    # Not from a purged message: what was concluded from it must stay as it is.
    unpurged = select(IncomingMail.id).where(
        IncomingMail.id.in_(mail_ids), func.length(IncomingMail.content) > 0
    )
    session.execute(
        update(NoticeRow)
        .where(NoticeRow.mail_id.in_(unpurged))
        .values(due_at=now)
        .execution_options(synchronize_session=False)
    )


def with_content(session: Session, mail_id: UUID) -> IncomingMail:
    """Return a message with its bytes. Raises `NotFound`."""
    query = select(IncomingMail).where(IncomingMail.id == mail_id)
    found = session.scalars(query.options(undefer(IncomingMail.content))).one_or_none()
    if found is None:
        raise NotFound("there is no such message", remedy=Remedy(kind=RemedyKind.QUARANTINE))
    return found


def states_of(session: Session, mail_ids: Collection[UUID]) -> list[MailState]:
    """Return the states of some messages, in no particular order."""
    query = select(IncomingMail.state).where(IncomingMail.id.in_(mail_ids))
    return list(session.scalars(query))
