"""The authorities that are not surely reached: why, since when, and what to do next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import PlainSerializer

from dispatch.domain.incoming.undecided import Prospect
from dispatch.domain.remedy import Remedy
from dispatch.domain.tracking.unreached import Course, Unreached
from dispatch.tracking.status import Status
from dispatch.views.ages import lasting
from dispatch.views.form import Moment
from dispatch.views.remedies import in_words


@dataclass(frozen=True, slots=True)
class UnreachedRow:
    """One authority that is not surely reached."""

    authority: str
    why: str
    since: Moment | None
    delivery: UUID | None
    address: str | None
    notice: UUID | None
    """The message that a person must decide about."""
    next: Annotated[Remedy, PlainSerializer(in_words)]
    """What to do about it."""
    means: str | None = None
    """What the mail server's last reply means, if it refused the letter or put it off."""

    def age(self, now: datetime) -> str | None:
        """Say for how long it has been like this."""
        return lasting(now - self.since) if self.since else None


@dataclass(frozen=True, slots=True)
class UnreachedView:
    """All authorities of a mailout that are not surely reached, and the time to its upload."""

    upload_date: date
    days_to_upload: int
    """Calendar days; negative once it has passed."""
    working_days_to_upload: int
    reached: int
    unreached: tuple[UnreachedRow, ...]
    """The most urgent first."""
    undecided: Mapping[Prospect, int]
    forged: int
    """Notices that wait for a person: see `tracking.status.Waiting`."""


def unreached_view(status: Status, found: Sequence[Unreached]) -> UnreachedView:
    """Return the view of what was found, given where the mailout stands."""
    course = Course(status.name, status.state, status.release_at, status.at)
    return UnreachedView(
        upload_date=status.upload_date,
        days_to_upload=status.days_to_upload,
        working_days_to_upload=status.working_days_to_upload,
        reached=status.reached,
        undecided=status.waiting.undecided,
        forged=status.waiting.forged,
        unreached=tuple(
            UnreachedRow(
                authority=each.code,
                why=each.why,
                since=each.since,
                delivery=each.delivery_id,
                address=each.address,
                notice=each.perhaps.mail_id if each.perhaps else None,
                next=each.remedy(course),
                means=each.means,
            )
            for each in found
        ),
    )
