"""What shows that a mail server took charge of a message when its own reply never reached us."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """That a server took charge of one delivery's message, and how we know.

    There is no counterpart for "not accepted": hearing nothing about a message proves nothing,
    and what is missing from a log only a person can judge.
    """

    delivery_id: UUID
    """From what nobody else can make: a return path that we signed, or the code in a Message-ID."""
    attempt: int | None = None
    """Which attempt, where the envelope id says so. The Message-ID is the same in every attempt."""
    source: str
    """Where it was found: "postfix log", "DSN", "reply"."""
    at: datetime | None = None
    """When it was written, according to its source."""
    quote: str
    """A few words by which a person finds it again: a queue id, the Message-ID of a notice."""

    def __str__(self) -> str:
        return f"{self.source}: {self.quote}"
