"""What a program may read with a token."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from dispatch.domain.people.account import Account


class Scope(StrEnum):
    """What a token opens."""

    MAILOUTS = "mailouts"
    LETTERS = "letters"
    DELIVERIES = "deliveries"
    EVENTS = "events"
    CONTACTS = "contacts"
    METRICS = "metrics"


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A token that is good, and whose program shows it."""

    id: UUID
    name: str
    owner: Account
    scopes: frozenset[Scope]
    used_at: datetime | None
