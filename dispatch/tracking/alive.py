"""Whether processes do their work, by when the database has seen each of them."""

from __future__ import annotations

from datetime import datetime, timedelta

from dispatch.database import Session
from dispatch.sending.store.first_letters import INBOX
from dispatch.tracking.status import SILENT_AFTER, is_silent
from dispatch.tracking.store import heartbeats


def is_seen(session: Session, kind: str, host: str, now: datetime) -> bool:
    """Whether a clock or a worker on a machine was seen in the last minute."""
    return any(
        each.kind == kind and each.name.endswith(f"@{host}") and not is_silent(each.seen_at, now)
        for each in heartbeats.all_seen(session)
    )


def is_any_seen(session: Session, kind: str, now: datetime) -> bool:
    """Whether any clock, or any worker, was seen in the last minute."""
    beats = heartbeats.all_seen(session)
    return any(each.kind == kind and not is_silent(each.seen_at, now) for each in beats)


def takes_in(session: Session, poll_seconds: int, now: datetime) -> bool:
    """Whether a mailbox, or the place for messages by LMTP, was looked at when it should be."""
    longest = SILENT_AFTER + timedelta(seconds=poll_seconds)
    return any(
        each.kind == INBOX and abs(now - each.seen_at) < longest
        for each in heartbeats.all_seen(session)
    )
