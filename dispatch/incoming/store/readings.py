"""Stored mail that is to be read: claimed by one worker, and what it was read as."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import Session

from dispatch.database.tables import IncomingMail, NoticeRow
from dispatch.domain.incoming import MailState
from dispatch.domain.ledger import WORKER, Event
from dispatch.domain.notice import Notice
from dispatch.incoming.store.mail import subject
from dispatch.ledger import journal

MOST_TRIES: Final = 2
"""Readings that may bring a worker down before the mail is quarantined."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A mail that one worker is to read."""

    mail_id: UUID
    tries: int
    """This one included. Whoever records a reading gives it back: a stale one counts no more."""


def claim(
    session: Session, *, now: datetime, lease_until: datetime, only: UUID | None = None
) -> Claimed | None:
    """Take a mail that nobody has read and nobody is reading, the oldest first; None if none is.

    One at a time, so that a worker's end counts against the mail that it was reading and no other.
    One whose readings brought their workers down is quarantined instead.
    """
    while (claimed := _next(session, now, lease_until, only)) and claimed.tries > MOST_TRIES:
        quarantine(session, claimed, "reading it ended the worker, twice", now=now)
    return claimed


def _next(
    session: Session, now: datetime, lease_until: datetime, only: UUID | None
) -> Claimed | None:
    due = _unread(now)
    if only is not None:
        due = due.where(IncomingMail.id == only)
    chosen = due.order_by(IncomingMail.received_at, IncomingMail.id).limit(1)
    taken = chosen.with_for_update(skip_locked=True).cte("taken")
    claimed = session.execute(
        update(IncomingMail)
        .where(IncomingMail.id.in_(select(taken.c.id)))
        .values(due_at=lease_until, tries=IncomingMail.tries + 1)
        .returning(IncomingMail.id, IncomingMail.tries)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    return Claimed(*claimed) if claimed else None


def is_unread(session: Session, *, now: datetime) -> bool:
    """Whether there is mail to read."""
    return session.scalar(_unread(now).limit(1)) is not None


def _unread(now: datetime) -> Select[UUID]:
    return select(IncomingMail.id).where(
        IncomingMail.state == MailState.UNREAD, IncomingMail.due_at <= now
    )


def record(
    session: Session, claimed: Claimed, notice: Notice, *, version: int, now: datetime
) -> bool:
    """Record what a mail was read as, in the place of an earlier reading.

    What is to be concluded from it comes next. False if another worker has the mail by now.
    """
    mail = _held(session, claimed)
    if mail is None:
        return False
    _end(mail, MailState.READ)
    row = session.get(NoticeRow, mail.id, with_for_update=True)
    detail = {"category": notice.category.value, "version": str(version)}
    if row is None:
        row = NoticeRow(
            mail_id=mail.id,
            version=version,
            read_at=now,
            category=notice.category,
            notice=notice,
            due_at=now,
        )
        session.add(row)
    else:
        if row.category is not notice.category:  # what a person vouched for was something else
            row.confirmed_by = row.confirmed_at = row.confirmed_because = None
        row.version, row.read_at = version, now
        row.category, row.notice = notice.category, notice
        row.due_at = now
    journal.append(session, Event(now, WORKER, "mail.read", subject(mail.sha256), detail))
    return True


def quarantine(session: Session, claimed: Claimed, why: str, *, now: datetime) -> bool:
    """Set a mail aside that could not be read; an earlier reading stands. False as `record`."""
    mail = _held(session, claimed)
    if mail is None:
        return False
    _end(mail, MailState.QUARANTINED, why)
    detail = {"why": why}
    journal.append(session, Event(now, WORKER, "mail.quarantined", subject(mail.sha256), detail))
    return True


def set_aside(session: Session, mail_id: UUID, why: str, *, now: datetime) -> None:
    """Quarantine a mail from whose notice nothing can be concluded.

    The mail is locked before its notice, as `record` does.
    """
    mail = session.get_one(IncomingMail, mail_id, with_for_update={"key_share": True})
    session.get_one(NoticeRow, mail_id, with_for_update=True).due_at = None
    _end(mail, MailState.QUARANTINED, why)
    detail = {"why": why}
    journal.append(session, Event(now, WORKER, "mail.quarantined", subject(mail.sha256), detail))


def _held(session: Session, claimed: Claimed) -> IncomingMail | None:
    query = select(IncomingMail).where(
        IncomingMail.id == claimed.mail_id,
        IncomingMail.state == MailState.UNREAD,
        IncomingMail.tries == claimed.tries,
    )
    # Not the key: whoever concludes from its notice, which a reading then waits for, may write a
    # suggestion that points at the mail.
    afresh = query.with_for_update(key_share=True).execution_options(populate_existing=True)
    return session.scalars(afresh).one_or_none()


def _end(mail: IncomingMail, state: MailState, trouble: str | None = None) -> None:
    mail.state, mail.trouble, mail.tries = state, trouble, 0


def read_again(
    session: Session, *, now: datetime, only: Collection[UUID] | None = None
) -> list[UUID]:
    """Have mails read once more, all or some; what they were read as stands until then.

    What was taken away cannot be read: what was concluded from it stands for good.
    """
    again = (
        update(IncomingMail)
        .values(state=MailState.UNREAD, due_at=now, tries=0, trouble=None)
        .returning(IncomingMail.id)
        .execution_options(synchronize_session=False)
    )
    # Not those that are being read, or wait to be.
    again = again.where(
        IncomingMail.state != MailState.UNREAD, func.length(IncomingMail.content) > 0
    )
    if only is not None:
        again = again.where(IncomingMail.id.in_(only))
    return list(session.scalars(again))
