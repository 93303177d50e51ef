"""The authorities that are not surely reached: why, since when, and what to do next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import PlainSerializer

from dispatch.domain.incoming.undecided import Prospect
from dispatch.domain.register.authority import Contact
from dispatch.domain.remedy import Remedy, RemedyKind
from dispatch.domain.tracking.unreached import PATIENCE, Course, Unreached
from dispatch.tracking.status import Status
from dispatch.views.ages import lasting
from dispatch.views.contacts import name_and_address
from dispatch.views.form import Moment
from dispatch.views.names import address_shown
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
    by_post: str | None = None
    """Where the letter by post stands, if one was printed; it proves no more than it says."""

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
                by_post=each.by_post.in_words if each.by_post else None,
            )
            for each in found
        ),
    )


@dataclass(frozen=True, slots=True)
class UnreachedLine:
    """One authority that is not surely reached, as people read it."""

    code: str
    name: str
    why: str
    means: str | None
    since: datetime | None
    delivery: UUID | None
    address: str | None
    in_post: Contact | None
    known: str | None
    """What else is known that may help."""
    by_post: str | None
    """Where the letter by post stands."""
    remedy: Remedy
    can_resend: bool
    """Whether the same letter may simply be sent again, with others."""


@dataclass(frozen=True, slots=True)
class UnreachedLists:
    """All that are not surely reached: those that need somebody first."""

    needing: tuple[UnreachedLine, ...]
    waiting: tuple[UnreachedLine, ...]
    """What may pass by itself."""

    @property
    def all(self) -> tuple[UnreachedLine, ...]:
        return self.needing + self.waiting


def unreached_lists(
    found: Sequence[Unreached], names: Mapping[str, str], course: Course
) -> UnreachedLists:
    """Return the lines of what was found; `names` are those of the authorities, by code."""
    lines = [(each.why in PATIENCE, _line(each, names, course)) for each in found]
    return UnreachedLists(
        needing=tuple(line for passes, line in lines if not passes),
        waiting=tuple(line for passes, line in lines if passes),
    )


def _line(each: Unreached, names: Mapping[str, str], course: Course) -> UnreachedLine:
    remedy = each.remedy(course)
    return UnreachedLine(
        code=each.code,
        name=names.get(each.code, each.code),
        why=each.why,
        means=each.means,
        since=each.since,
        delivery=each.delivery_id,
        address=None if each.address is None else address_shown(each.address),
        in_post=each.in_post,
        known=_known(each),
        by_post=each.by_post.in_words if each.by_post else None,
        remedy=remedy,
        can_resend=remedy.kind is RemedyKind.RESEND and not remedy.needs_address,
    )


def _known(each: Unreached) -> str | None:
    if each.is_suggestion_open:
        return "An answer names somebody else, and nobody has decided about that yet."
    if each.is_replaced:
        return "Somebody else is in post now, or has another address."
    if each.perhaps:
        return "A notice that nothing proves waits for a decision."
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreachedCells:
    """One authority that is not surely reached, as a row of a spreadsheet."""

    authority: str
    name: str
    why: str
    means: str | None
    since: datetime | None
    address: str | None
    in_post: str | None
    known: str | None
    by_post: str | None
    next: str


def unreached_cells(line: UnreachedLine, next_: str) -> UnreachedCells:
    """Return the row of a line; `next_` says what to do."""
    return UnreachedCells(
        authority=line.code,
        name=line.name,
        why=line.why,
        means=line.means,
        since=line.since,
        address=line.address,
        in_post=name_and_address(line.in_post) if line.in_post else None,
        known=line.known,
        by_post=line.by_post,
        next=next_,
    )
