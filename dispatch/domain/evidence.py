"""Evidence: what proves that a mail server took charge of a message, when no reply of its did."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Proof that a server took charge of one delivery's message.

    There is no evidence of the contrary: that nothing was heard of a message proves nothing, and
    what a log lacks only a person can judge.
    """

    delivery_id: UUID
    """From the Message-ID or the envelope id; nobody who has not seen the message knows either."""
    attempt: int | None = None
    """Which try, where the envelope id says so. The Message-ID is the same in every attempt."""
    source: str
    """Where it comes from: "postfix log", "DSN", "reply"."""
    at: datetime | None = None
    """When it was written, as its source says."""
    quote: str
    """A few words by which a person finds it again: a queue id, the Message-ID of a notice."""

    def __str__(self) -> str:
        return f"{self.source}: {self.quote}"
