"""Receive: mail that comes in is stored as it came, and then read.

What brings a mail may forget it only once it is stored here, durably. Whatever dies before that
brings it again, and the same mail is stored but once. Reading it comes afterwards, in a process
of its own, and can be done again at any time. Nothing is ever sent in answer.

The stage owns its transactions: one for each mail that is stored, and none while one is read.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final
from uuid import UUID

from dispatch.database import Session, Sessions
from dispatch.domain.incoming import Arrival
from dispatch.domain.notice import Notice
from dispatch.incoming.store import mail as incoming
from dispatch.incoming.store import readings
from dispatch.incoming.store.mail import Kept
from dispatch.incoming.store.readings import Claimed
from dispatch.mail.incoming.imap import ImapBox
from dispatch.mail.incoming.maildir import Keep, Postbox
from dispatch.mail.incoming.sandbox.parent import Reader, Unreadable

VERSION: Final = 2
"""Of the rules by which mail is read. Raise it with them: `dispatch receive --again` then reads
what is stored anew."""


@dataclass(frozen=True, slots=True)
class Mailroom:
    """What reading needs."""

    sessions: Sessions
    clock: Callable[[], datetime]
    lease: timedelta
    reader: Reader


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one mail was read as, or why it could not be."""

    mail_id: UUID
    reading: Notice | Unreadable


def store(sessions: Sessions, mail: bytes, arrival: Arrival, *, now: datetime) -> Kept:
    """Store a mail and how it came, committed on return. Safe to repeat."""
    with sessions.begin() as session:
        return incoming.keep(session, mail, arrival, now=now)


def collect(sessions: Sessions, postbox: Postbox, clock: Callable[[], datetime]) -> int:
    """Store whatever lies in a postbox, and return how much was new.

    Each mail is marked there only once its own transaction has been committed.
    """
    kept: list[Kept] = []
    postbox.collect(partial(_known, sessions), _keep(sessions, clock, kept))
    return sum(each.is_new for each in kept)


def follow(sessions: Sessions, box: ImapBox, clock: Callable[[], datetime]) -> bool:
    """Store what lies in an IMAP folder, and what comes in a while; as `ImapBox.follow`."""
    return box.follow(partial(_known, sessions), _keep(sessions, clock, []))


def _keep(sessions: Sessions, clock: Callable[[], datetime], kept: list[Kept]) -> Keep:
    """Return what stores a mail, and notes in `kept` that it did."""

    def keep(mail: bytes, arrival: Arrival) -> None:
        kept.append(store(sessions, mail, arrival, now=clock()))

    return keep


def _known(sessions: Sessions, folder: str, uidvalidity: int) -> frozenset[int]:
    with sessions.read() as session:
        return incoming.known_uids(session, folder, uidvalidity)


def receive(room: Mailroom, *, limit: int, only: UUID | None = None) -> list[Outcome]:
    """Read some of the mails that are stored and unread, or one; return what they are.

    Fewer than `limit` come back if others are at it or there are no more.
    """
    outcomes: list[Outcome] = []
    while len(outcomes) < limit and (outcome := _next(room, only)):
        outcomes.append(outcome)
    return outcomes


def _next(room: Mailroom, only: UUID | None) -> Outcome | None:
    now = room.clock()
    with room.sessions.begin() as session:
        claimed = readings.claim(session, now=now, lease_until=now + room.lease, only=only)
    if claimed is None:
        return None
    with room.sessions.read() as session:
        mail = incoming.content_of(session, claimed.mail_id)
    reading = room.reader.read(mail)
    with room.sessions.begin() as session:
        _record(session, claimed, reading, now=room.clock())
    return Outcome(claimed.mail_id, reading)


def _record(
    session: Session, claimed: Claimed, reading: Notice | Unreadable, *, now: datetime
) -> None:
    if isinstance(reading, Unreadable):
        readings.quarantine(session, claimed, reading.why, now=now)
    else:
        readings.record(session, claimed, reading, version=VERSION, now=now)
