"""What shows that a mail server took charge of a message when its own reply never reached us."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """That a server took charge of one delivery's message, and how we know.

    There is no counterpart for "not accepted": hearing nothing about a message proves nothing,
    and what it means that a message is missing from a log only a person can judge.
    """

    delivery_id: UUID
    """From what nobody else can make: a return path that we signed, or the code in a Message-ID."""
    attempt: int | None = None
    """Which attempt, where the envelope id says so. The Message-ID is the same in every attempt."""
    source: str
    """Where it was found: "postfix log", "message trace", "DSN", "reply"."""
    at: datetime | None = None
    """When it was written, according to its source."""
    quote: str
    """A few words by which a person finds it again: a queue id, the Message-ID of a notice."""

    def __str__(self) -> str:
        return f"{self.source}: {self.quote}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """A delivery that logs are searched for."""

    delivery_id: UUID
    address: str
    since: datetime | None = None
    """The earliest moment at which a server can have accepted it, if it is in doubt."""
    until: datetime | None = None
    """The latest such moment."""


class Trace(Enum):
    """What logs say of a message that they do not show to be taken."""

    NO_TRACE = "no-trace"
    """They cover the time and have no line about it."""

    BEGUN = "begun"
    """The server saw its headers, but no line says that it took it."""

    NOT_COVERED = "not-covered"
    """They do not cover the time, or come from another server."""


@dataclass(frozen=True, slots=True)
class Span:
    """The time from the first to the last line of one log, in UTC."""

    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LogReading:
    """What a server's logs say about the deliveries that were sought."""

    source: str
    """What sort of log it is, in words."""
    acceptances: tuple[Acceptance, ...]
    returned: Mapping[UUID, str] = field(default_factory=dict)
    """Those that the server took and could not deliver, each with the words of the log."""
    begun: frozenset[UUID] = frozenset()
    """Deliveries whose headers the server saw, but not necessarily their end."""
    spans: tuple[Span, ...]
    is_ours: bool
    """Whether they mention any message of ours; if not, they come from another server."""
    margin: timedelta
    """By how much their times and ours may differ."""

    def trace_of(self, delivery_id: UUID, since: datetime, until: datetime) -> Trace:
        """Return what they say of a delivery in doubt that was offered in this time.

        The time must lie within one log, since lines may be missing between two.
        """
        if delivery_id in self.begun:
            return Trace.BEGUN
        is_covered = self.is_ours and any(
            span.first_at + self.margin <= since and until <= span.last_at - self.margin
            for span in self.spans
        )
        return Trace.NO_TRACE if is_covered else Trace.NOT_COVERED
