"""Who is not surely reached, why, and what to do next; in the words that every report uses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from dispatch.domain.delivery import ON_TRACK, DeliveryState
from dispatch.domain.incoming.undecided import Prospect, Undecided
from dispatch.domain.mailout import CLOSED, MailoutState, next_step
from dispatch.domain.notice import Category
from dispatch.domain.posting.posting import ByPost
from dispatch.domain.register.authority import Contact
from dispatch.domain.remedy import Remedy, RemedyKind

NOT_SENT: Final = "not sent"
"""Why an authority is on the list whose letter has not been released."""

KEPT_BACK: Final = {Category.CHALLENGE: "challenged", Category.HELD: "held"}
"""Why an authority is on the list whose letter waits until somebody there lets it through."""

PATIENCE: Final = {"deferred": 1, "waiting": 2, NOT_SENT: 2}
"""The sort order of reasons that may pass by themselves; all others come first."""


@dataclass(frozen=True, slots=True)
class Course:
    """Where the mailout stands at a moment: what the next thing to do depends on."""

    name: str
    state: MailoutState
    release_at: datetime
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreached:
    """An authority whose letter may not be where it should be.

    State, moments and address are those of the last delivery to its first To recipient; None if
    there is no delivery.
    """

    code: str
    delivery_id: UUID | None = None
    address: str | None = None
    state: DeliveryState | None = None
    state_at: datetime | None = None
    due_at: datetime | None = None
    kept_back: Category | None = None
    """What said that the letter waits until somebody there lets it through."""
    delayed_since: datetime | None = None
    """Since when the server that has it has failed to pass it on."""
    perhaps: Undecided | None = None
    """What came back of an accepted letter, nothing proves, and nobody has decided about."""
    in_post: Contact | None = None
    """Who is in post now, if that was looked up."""
    is_replaced: bool = False
    """Whether the present contact's address differs from where the letter last went."""
    is_suggestion_open: bool = False
    """Whether an autoreply named somebody else, and nobody has decided about it yet."""
    by_post: ByPost | None = None
    """Where the letter stands that went by post, if one was printed."""
    means: str | None = None
    """What the last reply means and what to do, if a server refused the letter or put it off."""

    @property
    def since(self) -> datetime | None:
        """Since when it has been like this."""
        return self.delayed_since or (self.perhaps and self.perhaps.received_at) or self.state_at

    @property
    def why(self) -> str:
        """Why it is on the list, in a word or two."""
        if self.kept_back:
            return KEPT_BACK[self.kept_back]
        if self.delayed_since:
            return "delayed"
        if self.perhaps:
            return perhaps(self.perhaps.prospect)
        return reason(self.state)

    @property
    def urgency(self) -> tuple[int, str]:
        """The sort key: first where somebody must do something, then by code."""
        return PATIENCE.get(self.why, 0), self.code

    def remedy(self, course: Course) -> Remedy:
        """Return what to do next about it."""
        if self.state is None:
            return _before(course)
        if self.state is DeliveryState.IN_DOUBT:
            return Remedy(kind=RemedyKind.SETTLE, delivery_id=self.delivery_id)
        if self.kept_back or self.delayed_since:
            return Remedy(kind=RemedyKind.DELIVERY, delivery_id=self.delivery_id)
        if self.perhaps:
            return Remedy(kind=RemedyKind.NOTICE, mail_id=self.perhaps.mail_id)
        if self.why in PATIENCE:
            return _waiting(course, self.due_at)
        return self._again(course)

    def _again(self, course: Course) -> Remedy:
        if course.state in CLOSED:
            return Remedy(kind=RemedyKind.NOTHING, state=course.state.value)
        if self.state is DeliveryState.CANCELLED:  # its address has the letter, most likely
            return Remedy(kind=RemedyKind.DELIVERY, delivery_id=self.delivery_id)
        if self.is_suggestion_open:
            return Remedy(kind=RemedyKind.SUGGESTIONS, mailout=course.name)
        # A letter that expired never reached its address, which may still be right.
        is_unproven = self.state is DeliveryState.EXPIRED
        return Remedy(
            kind=RemedyKind.RESEND,
            mailout=course.name,
            authority=self.code,
            needs_address=not (self.is_replaced or is_unproven),
        )


def reason(state: DeliveryState | None) -> str:
    """Return, in a word or two, why an authority in this state is not reached."""
    if state is None:
        return NOT_SENT
    return "waiting" if state in ON_TRACK else state.value.replace("_", " ")


def perhaps(prospect: Prospect) -> str:
    """Return why an authority is not surely reached whose notice waits for a person."""
    return f"perhaps {prospect.value}"


def left(days: int, working_days: int) -> str:
    """Say how long it is until the upload, or since it."""
    match days:
        case 0:
            return "today"
        case 1:
            return "tomorrow"
        case -1:
            return "yesterday"
        case _ if days < 0:
            return f"{-days} days ago"
        case _:
            return f"in {days} days, {working_days} of them working days"


def _before(course: Course) -> Remedy:
    if course.state is MailoutState.SCHEDULED and course.at < course.release_at:
        return Remedy(kind=RemedyKind.WAIT_FOR_RELEASE, until=course.release_at)
    if course.state in CLOSED:
        return Remedy(kind=RemedyKind.NOTHING, state=course.state.value)
    step = next_step(course.state, course.name)
    return step or Remedy(kind=RemedyKind.STATUS, mailout=course.name)


def _waiting(course: Course, due_at: datetime | None) -> Remedy:
    if course.state is MailoutState.PAUSED:
        return Remedy(kind=RemedyKind.RESUME, mailout=course.name)
    if due_at is None or due_at <= course.at:
        return Remedy(kind=RemedyKind.WAIT)
    return Remedy(kind=RemedyKind.WAIT_FOR_RETRY, until=due_at)
