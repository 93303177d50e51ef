"""Track: where a mailout stands, counted from the rows themselves."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from dispatch.db import Mailout, Session, queries
from dispatch.domain import calendar
from dispatch.domain.delivery import DeliveryState
from dispatch.domain.letter import LetterState
from dispatch.domain.mailout import MailoutState


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """Where one mailout stands at a moment."""

    name: str
    title: str
    state: MailoutState
    remark: str | None
    letters: Mapping[LetterState, int]
    deliveries: Mapping[DeliveryState, int]
    reached: frozenset[str]
    """Authorities whose first To recipient's letter is accepted or better."""
    unreached: frozenset[str]
    release_at: datetime
    not_after: datetime
    upload_date: date
    days_to_upload: int
    """Calendar days; negative once it has passed."""
    working_days_to_upload: int
    approved_by: str | None
    approved_digest: str | None
    seen: Mapping[str, datetime]
    """When each clock and worker was last seen, by name."""


SILENT_AFTER = timedelta(seconds=60)
"""A clock or worker not seen for this long is taken to be gone; each beats every few seconds."""


def track(
    session: Session, mailout: Mailout, *, bank_holidays: Collection[date], now: datetime
) -> Status:
    """Count where a mailout stands."""
    plan = mailout.plan
    today = calendar.local(now).date()
    due = {letter.authority_code for letter in queries.letters(session, mailout)}
    reached = queries.reached_authorities(session, mailout)
    return Status(
        name=mailout.name,
        title=plan.title,
        state=mailout.state,
        remark=mailout.remark,
        letters=queries.letter_counts(session, mailout),
        deliveries=queries.delivery_counts(session, mailout),
        reached=reached,
        unreached=frozenset(due - reached),
        release_at=plan.release_at,
        not_after=plan.not_after,
        upload_date=plan.upload_date,
        days_to_upload=(plan.upload_date - today).days,
        working_days_to_upload=calendar.working_days(today, plan.upload_date, bank_holidays),
        approved_by=mailout.approved_by,
        approved_digest=mailout.approved_digest,
        seen={beat.name: beat.seen_at for beat in queries.heartbeats(session)},
    )


def silent(status: Status, now: datetime) -> bool:
    """Whether no clock and no worker has been seen lately: then nothing will move."""
    return all(now - seen_at > SILENT_AFTER for seen_at in status.seen.values())
