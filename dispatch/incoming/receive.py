"""Receive incoming messages: store each as it arrives, then read it.

A source may forget a message only once it is stored here, durably. If anything dies before that,
the source delivers it again, and it is stored once all the same. Reading comes afterwards, in a
process of its own, and can be repeated at any time. Nothing is ever sent in answer.

These functions own their transactions: one for each message stored, and none while one is read.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final
from uuid import UUID

from dispatch.database import Session, Sessions
from dispatch.domain.incoming.message import Arrival
from dispatch.domain.notice import Notice
from dispatch.incoming.store import messages, readings
from dispatch.incoming.store.messages import Stored
from dispatch.incoming.store.readings import Claimed
from dispatch.mail.incoming.imap import ImapInbox
from dispatch.mail.incoming.inbox import Inbox, Store
from dispatch.mail.incoming.reader import Reader, Unreadable

VERSION: Final = 3
"""Of the rules that messages are read by. Raise it when they change: `dispatch receive --again`
then reads what is stored by the new ones."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read in one message, or why it could not be read."""

    mail_id: UUID
    result: Notice | Unreadable


def store(sessions: Sessions, content: bytes, arrival: Arrival, *, now: datetime) -> Stored:
    """Store a message and how it arrived, committed on return. Safe to repeat."""
    with sessions.begin() as session:
        return messages.store(session, content, arrival, now=now)


def collect(sessions: Sessions, inbox: Inbox, clock: Callable[[], datetime]) -> int:
    """Store the messages in an inbox, and return how many were new.

    Each is marked in the inbox only once its own transaction has been committed.
    """
    stored: list[Stored] = []
    inbox.collect(partial(_known, sessions), _storing(sessions, clock, stored))
    return sum(each.is_new for each in stored)


def follow(sessions: Sessions, inbox: ImapInbox, clock: Callable[[], datetime]) -> bool:
    """Store what is in an IMAP folder and what arrives for a while; as `ImapInbox.follow`."""
    return inbox.follow(partial(_known, sessions), _storing(sessions, clock, []))


def _storing(sessions: Sessions, clock: Callable[[], datetime], stored: list[Stored]) -> Store:
    """Return a function that stores a message, and adds to `stored` that it did."""

    def keep(content: bytes, arrival: Arrival) -> None:
        stored.append(store(sessions, content, arrival, now=clock()))

    return keep


def _known(sessions: Sessions, folder: str, uidvalidity: int) -> frozenset[int]:
    with sessions.read() as session:
        return messages.known_uids(session, folder, uidvalidity)


def read_due(
    sessions: Sessions,
    reader: Reader,
    *,
    lease: timedelta,
    clock: Callable[[], datetime],
    limit: int,
    only: UUID | None = None,
) -> list[Reading]:
    """Read up to `limit` messages that are stored and unread, or `only` one of them.

    Returns fewer if other workers are reading the rest, or there are no more.
    """
    done: list[Reading] = []
    while len(done) < limit and (claimed := _claim(sessions, lease, clock(), only)):
        with sessions.read() as session:
            content = messages.content_of(session, claimed.mail_id)
        result = reader.read(content)
        with sessions.begin() as session:
            _record(session, claimed, result, now=clock())
        done.append(Reading(claimed.mail_id, result))
    return done


def _claim(
    sessions: Sessions, lease: timedelta, now: datetime, only: UUID | None
) -> Claimed | None:
    with sessions.begin() as session:
        return readings.claim(session, now=now, lease_until=now + lease, only=only)


def _record(
    session: Session, claimed: Claimed, result: Notice | Unreadable, *, now: datetime
) -> None:
    if isinstance(result, Unreadable):
        readings.quarantine(session, claimed, result.why, now=now)
    else:
        readings.record(session, claimed, result, version=VERSION, now=now)
