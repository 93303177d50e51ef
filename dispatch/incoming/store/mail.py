"""Mail that came in: kept once, claimed for reading, and what it was read as."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session, undefer

from dispatch.database.sql import insert_into
from dispatch.database.tables import Arrival, IncomingMail, NoticeRow
from dispatch.domain import incoming
from dispatch.domain.digest import sha256
from dispatch.domain.incoming import MailState
from dispatch.domain.ledger import WORKER, Event
from dispatch.ledger import journal

SHORT: Final = 12
"""Characters of a mail's SHA-256 that name it in the ledger."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What came of keeping a mail."""

    mail_id: UUID
    is_new: bool
    """Whether nobody had brought it before."""


def keep(session: Session, content: bytes, arrival: incoming.Arrival, *, now: datetime) -> Kept:
    """Store a mail and how it came, unless both are known; to be committed before it is let go.

    A mail that was read already and now comes with a recipient is concluded from anew; one that
    was taken away since stays away, and so does what was concluded from it.
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
    if _note(session, mail_id, arrival, now):
        detail = {"source": arrival.source, "sha256": digest}
        journal.append(session, Event(now, WORKER, "mail.received", subject(digest), detail))
        if not new and arrival.recipient:
            _conclude_again(session, [mail_id], now)
    return Kept(mail_id, is_new=new is not None)


def _note(session: Session, mail_id: UUID, arrival: incoming.Arrival, now: datetime) -> bool:
    """Note one way by which a mail came; False if it is known."""
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
    noted = insert_into(session, Arrival).values(row).on_conflict_do_nothing().returning(Arrival.id)
    return session.scalar(noted) is not None


def subject(digest: str) -> str:
    """Return what the ledger calls a mail."""
    return f"mail:{digest[:SHORT]}"


def known_uids(session: Session, folder: str, uidvalidity: int) -> frozenset[int]:
    """Return the messages of an IMAP folder that are stored."""
    query = select(Arrival.uid).where(
        Arrival.folder == folder, Arrival.uidvalidity == uidvalidity, Arrival.uid.is_not(None)
    )
    return frozenset(uid for uid in session.scalars(query) if uid is not None)


def content_of(session: Session, mail_id: UUID) -> bytes:
    """Return a mail as it came."""
    return session.scalars(select(IncomingMail.content).where(IncomingMail.id == mail_id)).one()


def recipients(session: Session, mail_id: UUID) -> list[str]:
    """Return whom the envelopes of a mail named, the first to come first."""
    query = select(Arrival.recipient).where(Arrival.mail_id == mail_id, Arrival.recipient != "")
    return list(session.scalars(query.order_by(Arrival.at, Arrival.id)))


def _conclude_again(session: Session, mail_ids: Sequence[UUID], now: datetime) -> None:
    there = select(IncomingMail.id).where(
        IncomingMail.id.in_(mail_ids), func.length(IncomingMail.content) > 0
    )
    session.execute(
        update(NoticeRow)
        .where(NoticeRow.mail_id.in_(there))
        .values(due_at=now)
        .execution_options(synchronize_session=False)
    )


def with_content(session: Session, mail_id: UUID) -> IncomingMail:
    """Return a mail with its bytes."""
    query = select(IncomingMail).where(IncomingMail.id == mail_id)
    return session.scalars(query.options(undefer(IncomingMail.content))).one()
