"""How long a visit lasts, when a person confirms who they are, and waits after wrong passwords."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, Final
from uuid import UUID

from dispatch.domain.people.account import Account

LONGEST_VISIT: Final = timedelta(hours=20)
"""Longer limits need no warning before they end: WCAG 2.2, 2.2.1."""

SIGN_IN_TIME: Final = timedelta(minutes=10)
"""How long somebody may take from the password to the code."""

CONFIRMED_FOR: Final = timedelta(minutes=10)
"""How long it counts that a person has confirmed who they are."""

INVITED_FOR: Final = timedelta(days=7)

SHORTEST_PASSWORD: Final = 12
LONGEST_PASSWORD: Final = 200
"""Characters. Hashing a password takes longer the longer it is."""

FREE_FAILURES: Final = 4
FIRST_WAIT: Final = timedelta(seconds=30)
LONGEST_WAIT: Final = timedelta(minutes=15)
"""Longer ones would let a stranger keep a person out on the day of the letters."""


def wait_after(failures: int) -> timedelta:
    """Return how long an account waits after some wrong passwords or codes in a row."""
    if failures <= FREE_FAILURES:
        return timedelta()
    doublings = min(failures - FREE_FAILURES - 1, 10)  # beyond, the longest wait holds anyway
    return min(FIRST_WAIT * (1 << doublings), LONGEST_WAIT)


class HowEntered(Enum):
    """How somebody signed in."""

    PASSWORD = "password"  # noqa: S105 - the word for a way to sign in
    CODE = "code"
    """With a password and a code of their telephone."""
    RECOVERY = "recovery"
    """With a password and a recovery code."""
    OFFICE = "office"
    """By the office's own sign-in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A browser in which somebody has signed in."""

    id: UUID
    account: Account
    entered_as: str
    """The name that the person signed in with."""
    how: HowEntered
    browser: str
    began_at: datetime
    seen_at: datetime
    confirmed_at: datetime | None
    kept: Mapping[str, Any]
    """What the pages keep for it."""

    def ends_at(self, idle: timedelta | None = None) -> datetime:
        """Return when the visit ends; `idle` is how long it may go unused."""
        last = self.began_at + LONGEST_VISIT
        return last if idle is None else min(last, self.seen_at + idle)

    def is_confirmed(self, now: datetime) -> bool:
        """Whether the person has confirmed lately who they are."""
        return self.confirmed_at is not None and now < self.confirmed_at + CONFIRMED_FOR
