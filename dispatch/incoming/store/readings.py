"""Messages to read: claimed by one worker, then read or quarantined.

Lock order: the message before its notice, in `record` and `set_aside` alike.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import Session

from dispatch.database.tables import IncomingMail, NoticeRow
from dispatch.domain.incoming.message import MailState
from dispatch.domain.notice import Notice
from dispatch.domain.proof.ledger import WORKER
from dispatch.ledger import events, journal

MOST_TRIES: Final = 2
"""Workers that may die reading a message before it is quarantined."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message that one worker has claimed to read."""

    mail_id: UUID
    tries: int
    """How often it has been claimed, this time included: the fencing token. A reading is recorded
    only if nobody has claimed the message since."""


def claim(
    session: Session, *, now: datetime, lease_until: datetime, only: UUID | None = None
) -> Claimed | None:
    """Claim the oldest message that is unread and that nobody is reading; None if there is none.

    One at a time, so that a worker that dies counts against the message it was reading and no
    other. A message that has ended its workers too often is quarantined instead.
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
    # The lock skips what another worker is claiming in this moment; `due_at` then holds the lease,
    # so that a worker that dies leaves the message due again when the lease runs out.
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
    """Whether there is a message to read."""
    return session.scalar(_unread(now).limit(1)) is not None


def _unread(now: datetime) -> Select[UUID]:
    return select(IncomingMail.id).where(
        IncomingMail.state == MailState.UNREAD, IncomingMail.due_at <= now
    )


def record(
    session: Session, claimed: Claimed, notice: Notice, *, version: int, now: datetime
) -> bool:
    """Record what was read in a message, replacing an earlier reading.

    The notice then waits for conclusions. False if another worker has claimed the message since.
    """
    mail = _claimed(session, claimed)
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
        if row.category is not notice.category:  # a person confirmed something else
            row.forget_decision()
        row.version, row.read_at = version, now
        row.category, row.notice = notice.category, notice
        row.due_at = now
    journal.append(session, events.MAIL_READ.event(now, WORKER, mail.sha256, **detail))
    return True


def quarantine(session: Session, claimed: Claimed, why: str, *, now: datetime) -> bool:
    """Quarantine a message that could not be read; an earlier reading stands.

    False if another worker has claimed the message since.
    """
    mail = _claimed(session, claimed)
    if mail is None:
        return False
    _quarantine(session, mail, why, now)
    return True


def set_aside(session: Session, mail_id: UUID, why: str, *, now: datetime) -> None:
    """Quarantine a message whose notice no conclusion can be drawn from."""
    mail = session.get_one(IncomingMail, mail_id, with_for_update={"key_share": True})
    session.get_one(NoticeRow, mail_id, with_for_update=True).due_at = None
    _quarantine(session, mail, why, now)


def _quarantine(session: Session, mail: IncomingMail, why: str, now: datetime) -> None:
    _end(mail, MailState.QUARANTINED, why)
    journal.append(session, events.MAIL_QUARANTINED.event(now, WORKER, mail.sha256, why=why))


def _claimed(session: Session, claimed: Claimed) -> IncomingMail | None:
    """Return the message, locked, if this claim still holds."""
    query = select(IncomingMail).where(
        IncomingMail.id == claimed.mail_id,
        IncomingMail.state == MailState.UNREAD,
        IncomingMail.tries == claimed.tries,
    )
    # FOR NO KEY UPDATE: the worker that concludes from this message's notice holds the notice,
    # which a reading waits for, and may insert a suggestion that points at the message. Locking
    # the key as well would have the two wait for each other.
    afresh = query.with_for_update(key_share=True).execution_options(populate_existing=True)
    return session.scalars(afresh).one_or_none()


def _end(mail: IncomingMail, state: MailState, trouble: str | None = None) -> None:
    mail.state, mail.trouble, mail.tries = state, trouble, 0


def read_again(
    session: Session, *, now: datetime, only: Collection[UUID] | None = None
) -> list[UUID]:
    """Have messages read again, all or some; their notices stand until then.

    A purged message cannot be read again: what was concluded from it stays.
    """
    again = (
        update(IncomingMail)
        .values(state=MailState.UNREAD, due_at=now, tries=0, trouble=None)
        .returning(IncomingMail.id)
        .execution_options(synchronize_session=False)
    )
    # Not those that wait to be read or are being read: `tries` of 0 would void a worker's claim.
    again = again.where(
        IncomingMail.state != MailState.UNREAD, func.length(IncomingMail.content) > 0
    )
    if only is not None:
        again = again.where(IncomingMail.id.in_(only))
    return list(session.scalars(again))
