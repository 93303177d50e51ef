"""Who is not surely reached: why, and what to do next. The words are those of every report."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from dispatch.domain.calendar import moment_in_words
from dispatch.domain.delivery import ON_TRACK, DeliveryState
from dispatch.domain.mailout import CLOSED, MailoutState

PATIENCE: Final = {"deferred": 1, "waiting": 2}
"""Reasons that may pass by themselves, after those that will not."""

COMMAND: Final = "dispatch "
"""What a next step begins with that is a command, and not to wait."""


@dataclass(frozen=True, slots=True)
class Course:
    """Where the mailout stands at a moment, as far as it matters for what to do."""

    name: str
    state: MailoutState
    release_at: datetime
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreached:
    """An authority of which nobody can say yet that its letter is where it should be.

    State, moments and address are those of the last delivery to its first To recipient, None
    where there is none.
    """

    code: str
    delivery_id: UUID | None = None
    address: str | None = None
    state: DeliveryState | None = None
    state_at: datetime | None = None
    due_at: datetime | None = None
    is_challenged: bool = False
    """Whether the letter waits until its recipient lets it through."""
    delayed_since: datetime | None = None
    """Since when the server that has it cannot pass it on."""
    is_replaced: bool = False
    """Whether the contact in post has another address than the letter last went to."""
    is_suggestion_open: bool = False
    """Whether an autoreply named somebody else, and nobody has decided yet."""

    @property
    def since(self) -> datetime | None:
        """Since when it has stood like this."""
        return self.delayed_since or self.state_at

    @property
    def why(self) -> str:
        """Why it is on the list, in a word."""
        if self.is_challenged:
            return "challenged"
        if self.delayed_since:
            return "delayed"
        return reason(self.state)

    @property
    def urgency(self) -> tuple[int, str]:
        """What to sort by: first those for whom somebody must do something, then by code."""
        return PATIENCE.get(self.why, 0), self.code

    def following(self, course: Course) -> str:
        """Return what to do next about it: a command, or to wait."""
        if self.state is None:
            return _before(course)
        if self.state is DeliveryState.IN_DOUBT:
            word = "accepted|not-sent --because TEXT"
            return f"{COMMAND}delivery settle {self._short} {word}"
        if self.is_challenged or self.delayed_since:
            return f"{COMMAND}delivery show {self._short}"
        if self.why in PATIENCE:
            return _waiting(course, self.due_at)
        return self._again(course)

    def _again(self, course: Course) -> str:
        if course.state in CLOSED:
            return f"nothing: it is {course.state.value}"
        if self.is_suggestion_open:
            return f"{COMMAND}notice suggestions {course.name}"
        # What expired never came to its address, which may be good.
        is_unproven = self.state is DeliveryState.EXPIRED
        where = "" if self.is_replaced or is_unproven else " --to ADDRESS"
        return f"{COMMAND}resend {course.name} --authority {self.code}{where} --because TEXT"

    @property
    def _short(self) -> str:
        return str(self.delivery_id)[:8]


def reason(state: DeliveryState | None) -> str:
    """Say in a word why an authority is not reached whose letter has come so far."""
    return "waiting" if state is None or state in ON_TRACK else state.value.replace("_", " ")


def left(days: int, working_days: int) -> str:
    """Say how long it is to the upload, or since."""
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


def _before(course: Course) -> str:
    match course.state:
        case MailoutState.SCHEDULED:
            return f"wait: the letters go at {moment_in_words(course.release_at)}"
        case MailoutState.PAUSED:
            return f"{COMMAND}mailout resume {course.name}"
        case _:
            return f"{COMMAND}mailout status {course.name}"


def _waiting(course: Course, due_at: datetime | None) -> str:
    if course.state is MailoutState.PAUSED:
        return f"{COMMAND}mailout resume {course.name}"
    if due_at is None or due_at <= course.at:
        return "wait"
    return f"wait: the next try is at {moment_in_words(due_at)}"
